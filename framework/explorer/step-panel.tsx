/** What happened in the current step: the message that came, the ones that went out and their fate, and what led here. */
import type { JSX } from 'preact';
import { formatTime } from '../kernel/time.js';
import { messageKey } from '../report/causes.js';
import { describeMessage } from '../report/describe.js';
import type { RecordedEvent } from '../recording/events.js';
import { whyLost, whySo, type Arrival, type Message } from '../recording/messages.js';
import type { Shown } from './app.js';
import { chainTo } from './lanes.js';
import { Tree } from './tree.js';
import { headlineOf, lineOf, markOf, wordsOf } from './words.js';

export function StepPanel(shown: Shown): JSX.Element {
  const { model, view, moment, go } = shown;
  const events = model.eventsOf(moment);
  const at = model.moments[moment];
  if (at === undefined || events.length === 0) return <p class="quiet">Nothing was recorded.</p>;
  const messageOf = (from: string, to: string, nth: number) =>
    model.messages.get(messageKey(from, to, nth))?.send.message;
  const main = headlineOf(events);
  const { words } = lineOf(events, messageOf);
  const incoming = main.kind === 'deliver' ? model.messages.get(messageKey(main.from, main.node, main.nth)) : undefined;
  const lost = events.flatMap((event) =>
    event.kind === 'lost' ? (model.messages.get(messageKey(event.from, event.to, event.nth)) ?? []) : [],
  );
  const sent = events.flatMap((event) =>
    event.kind === 'send' ? (model.messages.get(messageKey(event.from, event.to, event.nth)) ?? []) : [],
  );
  const lostElsewhere = lost.filter((one) => !sent.includes(one));
  const rest = events.filter(
    (event) => !['send', 'deliver', 'lost', 'state'].includes(event.kind) && (event !== main || hasPayload(event)),
  );
  const chain = [...chainTo(model, moment)].slice(1);
  const asked = view.message === undefined ? undefined : model.messages.get(view.message);
  const blamed = model.blame.filter((one) => one.moment === moment);
  return (
    <>
      <h2>
        <span aria-hidden="true">{markOf(main)}</span> Step {at.id} <span class="quiet">{formatTime(at.time)}</span>
      </h2>
      <p class="headline">{words}</p>
      {blamed.map((one) => (
        <p key={one.kind + one.words} class="culprit-line">
          {one.kind === 'certain' ? '◆' : '★'} {one.words}
        </p>
      ))}
      {incoming !== undefined && <MessageCard shown={shown} message={incoming} title="Received" isOpen />}
      {lostElsewhere.map((message) => (
        <MessageCard key={message.key} shown={shown} message={message} title="Lost" isOpen />
      ))}
      {rest.length > 0 && (
        <>
          <h3>In this step</h3>
          <ul class="events">
            {rest.map((event, place) => (
              <li key={place}>
                <span aria-hidden="true">{markOf(event)}</span> {wordsOf(event, messageOf)}
                <Payload event={event} />
              </li>
            ))}
          </ul>
        </>
      )}
      {sent.length > 0 && <h3>Sent ({sent.length})</h3>}
      {sent.map((message) => (
        <MessageCard key={message.key} shown={shown} message={message} title="" isOpen={sent.length <= 2} />
      ))}
      {asked !== undefined && asked !== incoming && !sent.includes(asked) && !lost.includes(asked) && (
        <MessageCard shown={shown} message={asked} title="Chosen" isOpen />
      )}
      {chain.length > 0 && (
        <>
          <h3>What led here</h3>
          <ol class="chain">
            {chain.map((cause) => (
              <li key={cause}>
                <button type="button" class="link" onClick={() => go(cause)}>
                  step {model.moments[cause]?.id}
                </button>{' '}
                {model.line(cause).words}
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}

const hasPayload = ({ kind }: RecordedEvent): boolean => ['invoke', 'complete', 'fault-begins'].includes(kind);

/** What an event carries beside its words. */
function Payload({ event }: { readonly event: RecordedEvent }): JSX.Element | null {
  switch (event.kind) {
    case 'invoke':
      return <Tree value={event.operation} openTo={0} />;
    case 'complete':
      return event.completion.type === 'ok' ? <Tree value={event.completion.result} openTo={0} /> : null;
    case 'fault-begins':
      return <Tree value={event.fault} openTo={0} />;
    default:
      return null;
  }
}

/** A message, each of its copies with what became of it and why. */
function MessageCard({
  shown: { model, moment, go },
  message,
  title,
  isOpen,
}: {
  readonly shown: Shown;
  readonly message: Message;
  readonly title: string;
  readonly isOpen: boolean;
}): JSX.Element {
  const { send, sentIn, arrivals } = message;
  const known = { plan: model.recording.plan, spans: model.faults };
  const why = whySo(message, known);
  const open = Math.max(0, send.delaysMicros.length - arrivals.length);
  const step = (to: number): JSX.Element =>
    to === moment ? (
      <span>this step</span>
    ) : (
      <button type="button" class="link" onClick={() => go(to, { message: message.key })}>
        step {model.moments[to]?.id}
      </button>
    );
  const took = (to: number): string => formatTime((model.moments[to]?.time ?? 0) - send.time);
  const fate = (arrival: Arrival): JSX.Element =>
    arrival.kind === 'delivered' ? (
      <>
        <b>delivered</b> in {step(arrival.moment)}, after {took(arrival.moment)}
      </>
    ) : (
      <>
        <b class="lost-word">✕ lost</b>, {arrival.reason}, in {step(arrival.moment)}: {whyLost(message, arrival, known)}
      </>
    );
  return (
    <section class="message" aria-label={`${title} message ${send.message.kind}`.trim()}>
      {title !== '' && <h3>{title}</h3>}
      <p>
        <b class="kind">{send.message.kind}</b> {send.from} → {send.to}{' '}
        <span class="quiet">
          message {send.nth + 1} of this link, sent in {step(sentIn)}
        </span>
      </p>
      <ul class="fates">
        {arrivals.map((arrival, place) => (
          <li key={place}>{fate(arrival)}</li>
        ))}
        {arrivals.length === 0 && open === 0 && (
          <li>
            <b class="lost-word">✕ lost</b>: never sent on
          </li>
        )}
        {open > 0 && (
          <li>{open === 1 ? 'under way' : `${open} copies under way`} when the run ended, or gone with a process</li>
        )}
        {why !== undefined && <li class="quiet">{why}</li>}
      </ul>
      <details open={isOpen}>
        <summary>{describeMessage(send.message)}</summary>
        <Tree value={send.message} openTo={2} />
      </details>
    </section>
  );
}
