// One event stream a browser, for all of its visible pages: a browser opens few connections to one host. It runs in a shared worker, or
// in the page itself where there are none. A page joins with its session, a topic, and the number of the last event that it has.

// What each page that is in sight follows, by its port.
const members = new Map();
// The stream of each session.
const streams = new Map();
// The service sends something every 15 seconds, and pages every 20.
const [SILENCE, ABSENCE, MOST] = [45_000, 70_000, 16];

const of = (session) => [...members].filter(([, member]) => member.session === session);

export function connect(port) {
  port.onmessage = ({ data }) => {
    const was = members.get(port);
    if (data?.ping && was) return void (was.alive = Date.now());
    members.delete(port);
    if (data) members.set(port, { ...data, alive: Date.now() });
    for (const session of new Set([was?.session, data?.session])) if (session) renew(session);
  };
}

// Opens the stream anew soon, with what is followed then; nothing is missed in between.
function renew(session, wait = 20) {
  const stream = streams.get(session) ?? { failures: 0 };
  streams.set(session, stream);
  clearTimeout(stream.timer);
  stream.timer = setTimeout(open, wait, session, stream);
}

function address(session) {
  const topics = new Map();
  for (const [port, { topic, after, alive }] of of(session)) {
    // A page that ended without a word.
    if (Date.now() - alive > ABSENCE) members.delete(port);
    else if (!(Number(topics.get(topic)) < Number(after))) topics.set(topic, after);
  }
  const query = new URLSearchParams({ session });
  for (const [topic, after] of [...topics].slice(-MOST)) {
    if (topic.startsWith("list:")) query.append("list", topic.slice(5));
    else query.append("conversation", `${topic}.${after}`);
  }
  return topics.size && `/live?${query}`;
}

async function open(session, stream) {
  stream.abort?.abort();
  const [url, abort] = [address(session), new AbortController()];
  stream.abort = abort;
  if (!url) return void streams.delete(session);
  const told = new Set(of(session).map(([port]) => port));
  const tell = (event) => told.forEach((port) => members.has(port) && port.postMessage(event));
  let [silence, wait] = [0, 0];
  const hear = () => {
    clearTimeout(silence);
    silence = setTimeout(() => abort.abort(), SILENCE);
  };
  try {
    hear();
    const headers = { Accept: "text/event-stream", "Parlor-Fragment": "live" };
    const response = await fetch(url, { headers, signal: abort.signal });
    if (response.status === 401) return end(session, { is: "ended" });
    if (!response.ok) throw new Error(response.status);
    stream.failures = 0;
    tell({ is: "opened" });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      hear();
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) {
        wait = Number(/^retry: ?(\d+)/m.exec(event)?.[1] ?? wait);
        const data = /^data: ?(.*)/m.exec(event)?.[1];
        if (data && abort === stream.abort) pass(session, JSON.parse(data));
      }
    }
  } catch {
    if (abort === stream.abort) stream.failures += 1;
  } finally {
    clearTimeout(silence);
  }
  if (abort !== stream.abort || streams.get(session) !== stream) return;
  if (stream.failures > 1) tell({ is: "lost" });
  renew(session, wait || Math.min(10_000, 500 * 2 ** stream.failures));
}

// Passes an event on to the pages that follow its topic.
function pass(session, event) {
  if (event.is === "ended") return end(session, event);
  for (const [port, member] of of(session)) {
    if (member.topic !== event.for) continue;
    member.after = event.number ?? member.after;
    port.postMessage(event);
    if (event.is === "gone") members.delete(port);
  }
}

function end(session, event) {
  streams.get(session)?.abort.abort();
  streams.delete(session);
  for (const [port] of of(session)) {
    members.delete(port);
    port.postMessage(event);
  }
}

if (globalThis.SharedWorkerGlobalScope) globalThis.onconnect = ({ ports }) => connect(ports[0]);
