// The page's life: hears from the emulator how it is, remembers which stream is looked at, and hands both to the parts.
import { Announcer } from "./announcer.js";
import { showConsumers } from "./consumers.js";
import { byId, setText } from "./dom.js";
import { showFaults } from "./faults.js";
import { bytes, count, countOf } from "./format.js";
import { Leases } from "./leases.js";
import { LineageCursor } from "./lineage-cursor.js";
import { Lineage } from "./lineage.js";
import { Link } from "./link.js";
import { showShards } from "./shards.js";
import { StreamFilter } from "./stream-filter.js";
import { anchorOf, showFacts, StreamList } from "./streams.js";
import { Throughput } from "./throughput.js";

/**
 * @typedef {import("../src/page/page-state.ts").PageState} PageState
 * @typedef {import("../src/page/page-state.ts").PageStream} PageStream
 */

const SECOND_MS = 1000;

const announcer = new Announcer();
const leases = new Leases();
const lineage = new Lineage(/** @type {SVGSVGElement} */ (document.querySelector("#lineage svg")));
const cursor = new LineageCursor(lineage);
const list = new StreamList();
const throughput = new Throughput();
/** @type {PageState | undefined} */
let state;
/** @type {Pick<PageStream, "id" | "name"> | undefined} The stream that is looked at, as long as no other is chosen. */
let chosen;

const link = new Link(announcer, (heard) => {
  state = heard;
  announcer.see(state);
  if (isNewChoice) sayChoice(state);
  show();
});
/** Whether nothing was heard yet of the streams that are now asked for. */
let isNewChoice = false;
const filter = new StreamFilter(() => {
  announcer.forget();
  isNewChoice = true;
  link.open(filter.query);
});

function show() {
  if (state === undefined) return;
  const { limits, storage, streams } = state;
  chosen = streams.find((one) => anchorOf(one) === location.hash) ?? chosen ?? streams[0];
  const stream = shownStream();
  const dropped = storage.droppedRecords === 0 ? "" : `, ${count(storage.droppedRecords)} dropped`;
  setText(byId("stored"), `${bytes(storage.bytes)} of ${bytes(storage.maxBytes)}${dropped}`);
  filter.show(state);
  list.show(state, stream, filter.text);
  byId("waiting").hidden = true;
  byId("all").hidden = false;
  byId("stream").hidden = stream === undefined;
  showAbsence(stream === undefined);
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

/** @returns {PageStream | undefined} */
function shownStream() {
  return state?.streams.find(({ id }) => id === chosen?.id);
}

/**
 * Says why no stream is shown: there was none so far, or the one that was looked at is gone.
 * @param {boolean} isAbsent
 */
function showAbsence(isAbsent) {
  byId("no-stream").hidden = !isAbsent;
  const { streams = [], streamsInAll = 0 } = state ?? {};
  byId("create-stream").hidden = chosen !== undefined || streamsInAll > 0;
  byId("choose-stream").hidden = chosen === undefined;
  // A hundred are listed, and one may have been crowded out, or have another name than is looked for.
  const isListed = streams.length === streamsInAll;
  const fate = isListed ? "is gone" : "is not among those that are listed";
  const none = streamsInAll === 0 ? "No stream yet" : "No stream is listed";
  setText(byId("no-stream-title"), chosen === undefined ? none : `${chosen.name} ${fate}`);
}

/** @param {PageState} heard */
function sayChoice({ streams, streamsLeftOut }) {
  isNewChoice = false;
  const found = countOf(streams.length + streamsLeftOut, "stream");
  announcer.say(filter.text === "" ? found : `${found} with “${filter.text}” in the name`);
}

setText(byId("endpoint"), location.origin);
addEventListener("hashchange", () => {
  const isOfStream = state?.streams.some((one) => anchorOf(one) === location.hash);
  show();
  if (isOfStream) byId("stream-name").focus();
});
// The address names the stream, so it must not name the heading instead.
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId(shownStream() === undefined ? "no-stream-title" : "stream-name").focus();
});
byId("shard-details").addEventListener("toggle", show);
// Nobody looks at a hidden page, so nothing is asked for it.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) link.close();
  else link.open(filter.query);
});
setInterval(() => {
  if (state === undefined || document.hidden) return;
  throughput.note(state);
  const stream = shownStream();
  if (stream !== undefined) throughput.show(stream, state.limits);
}, SECOND_MS);
link.open(filter.query);
