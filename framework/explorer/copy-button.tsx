/** A button that copies a text, and says so. */
import { useEffect, useState } from 'preact/hooks';
import type { ComponentChildren, JSX } from 'preact';

export function CopyButton({
  text,
  title,
  children,
}: {
  readonly text: () => string;
  readonly title: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  const [said, say] = useState('');
  useEffect(() => {
    if (said === '') return undefined;
    const timer = setTimeout(() => say(''), 1_500);
    return () => {
      clearTimeout(timer);
    };
  }, [said]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text());
      say('copied');
    } catch {
      say('not allowed to copy');
    }
  };
  return (
    <button type="button" class="copy" title={title} onClick={() => void copy()}>
      {children}
      <span class="said" role="status">
        {said}
      </span>
    </button>
  );
}
