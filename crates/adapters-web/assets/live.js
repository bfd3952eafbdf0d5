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
    if (data) members.set(port, { ...data, alive: Date.now(), isNew: true });
    for (const session of new Set([was?.session, data?.session])) {
      if (of(session).length) renew(session);
      // At once: the page may be about to be frozen, and this with it.
      else close(session);
    }
  };
}

function close(session) {
  const stream = streams.get(session);
  clearTimeout(stream?.timer);
  stream?.live?.abort();
  stream?.opening?.abort();
  streams.delete(session);
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

// The stream before stays until this one is open, so that nothing is missed in between.
async function open(session, stream) {
  stream.opening?.abort();
  const [url, abort] = [address(session), new AbortController()];
  if (!url) return close(session);
  stream.opening = abort;
  const told = of(session);
  const tell = (event) => told.forEach(([port]) => members.has(port) && port.postMessage(event));
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
    const hadGap = !stream.live;
    stream.live?.abort();
    Object.assign(stream, { live: abort, opening: null, failures: 0 });
    for (const [port, member] of told) {
      port.postMessage({ is: "opened", gap: hadGap || member.isNew });
      member.isNew = false;
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      hear();
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith("retry: ")) wait = Number(line.slice(7));
        if (line.startsWith("data: ") && stream.live === abort) pass(session, JSON.parse(line.slice(6)));
      }
    }
  } catch {
    if (!abort.signal.aborted || stream.live === abort) stream.failures += 1;
  } finally {
    clearTimeout(silence);
  }
  if (stream.live === abort) stream.live = null;
  else if (stream.opening !== abort) return;
  if (streams.get(session) !== stream) return;
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
  close(session);
  for (const [port] of of(session)) {
    members.delete(port);
    port.postMessage(event);
  }
}

if (globalThis.SharedWorkerGlobalScope) globalThis.onconnect = ({ ports }) => connect(ports[0]);
