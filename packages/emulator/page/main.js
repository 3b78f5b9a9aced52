// The page's life: listens to the emulator while somebody looks, and hands what it hears to the parts.
import { Announcer } from "./announcer.js";
import { showConsumers } from "./consumers.js";
import { byId, setText } from "./dom.js";
import { showFaults } from "./faults.js";
import { bytes, count } from "./format.js";
import { Leases } from "./leases.js";
import { LineageCursor } from "./lineage-cursor.js";
import { Lineage } from "./lineage.js";
import { showShards } from "./shards.js";
import { anchorOf, showFacts, showStreams } from "./streams.js";
import { Throughput } from "./throughput.js";

/**
 * @typedef {import("../src/page/page-state.ts").PageState} PageState
 * @typedef {"connecting" | "live" | "lost"} Link
 */

const SECOND_MS = 1000;
const RETRY_MS = 3000;

const announcer = new Announcer();
const leases = new Leases();
const lineage = new Lineage(/** @type {SVGSVGElement} */ (document.querySelector("#lineage svg")));
const cursor = new LineageCursor(lineage);
const throughput = new Throughput();
/** @type {PageState | undefined} */
let state;
/** @type {EventSource | undefined} */
let source;
/** @type {string | undefined} The stream that the address named last. */
let chosenId;

function listen() {
  source?.close();
  const opened = new EventSource("events");
  source = opened;
  opened.addEventListener("state", (event) => {
    state = /** @type {PageState} */ (JSON.parse(event.data));
    tell("live");
    announcer.see(state);
    show();
  });
  opened.addEventListener("error", () => {
    tell("lost");
    // The browser tries again by itself, unless it was refused.
    if (opened.readyState !== EventSource.CLOSED) return;
    setTimeout(() => {
      if (source === opened) listen();
    }, RETRY_MS);
  });
}

/** @param {Link} link */
function tell(link) {
  const was = document.body.dataset["link"];
  if (was === link) return;
  document.body.dataset["link"] = link;
  setText(byId("link"), link === "lost" ? "not reached, trying" : "live");
  if (link === "lost") announcer.say("the emulator is not reached");
  else if (was === "lost") announcer.say("the emulator is reached again");
}

function show() {
  if (state === undefined) return;
  const { limits, storage, streams } = state;
  chosenId = streams.find((one) => anchorOf(one) === location.hash)?.id ?? chosenId;
  const stream = streams.find(({ id }) => id === chosenId) ?? streams[0];
  const dropped = storage.droppedRecords === 0 ? "" : `, ${count(storage.droppedRecords)} dropped`;
  setText(byId("stored"), `${bytes(storage.bytes)} of ${bytes(storage.maxBytes)}${dropped}`);
  showStreams(state, stream);
  byId("no-stream").hidden = stream !== undefined;
  byId("stream").hidden = stream === undefined;
  document.title =
    stream === undefined ? "Shardline emulator" : `${stream.name} – Shardline emulator`;
  if (stream !== undefined) {
    showFacts(stream);
    showShards(stream);
    lineage.show(stream, limits);
    cursor.show(stream);
    throughput.show(stream, limits);
    showConsumers(stream);
  }
  leases.show(state);
  showFaults(state);
}

setText(byId("endpoint"), location.origin);
addEventListener("hashchange", () => {
  const isOfStream = state?.streams.some((one) => anchorOf(one) === location.hash);
  show();
  if (isOfStream) byId("stream-name").focus();
});
byId("shard-details").addEventListener("toggle", show);
// Nobody looks at a hidden page, so nothing is asked for it.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) source?.close();
  else listen();
});
setInterval(() => {
  if (state === undefined || document.hidden) return;
  throughput.note(state);
  show();
}, SECOND_MS);
listen();
