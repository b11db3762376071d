/** The board as vitest last told it, asked for again and again while the page can be seen. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Board } from '../../vitest/plugin/board.js';
import { fetchBoard } from './server.js';

/** How long until it is asked for again, in milliseconds. Without an answer, longer each time, up to the most. */
const PAUSE = { usual: 250, most: 10_000 } as const;

export interface Told {
  /** Undefined before the first answer. */
  readonly board: Board | undefined;
  /** Whether vitest does not answer any more. The page is loaded anew once it does, as vitest expects another token then. */
  readonly hasStopped: boolean;
  /** Asks at once. */
  readonly refresh: () => Promise<void>;
}

export function useBoard(): Told {
  const [board, setBoard] = useState<Board>();
  const [hasStopped, setStopped] = useState(false);
  const last = useRef({ text: '', answered: true });

  const ask = async (): Promise<void> => {
    const text = await fetchBoard().catch(() => undefined);
    if (text !== undefined && !last.current.answered) location.reload();
    if (text !== undefined && text !== last.current.text) setBoard(JSON.parse(text) as Board);
    setStopped(text === undefined);
    last.current = { text: text ?? last.current.text, answered: text !== undefined };
  };

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const poll = async (pause: number) => {
      if (!document.hidden) await ask();
      if (gone) return;
      const next = last.current.answered ? PAUSE.usual : Math.min(2 * pause, PAUSE.most);
      timer = setTimeout(() => void poll(next), next);
    };
    void poll(PAUSE.usual);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);
  return { board, hasStopped, refresh: ask };
}
