// The summary -> text: tables for a terminal, or in Markdown. What is measured is told in its first row only.
import { figure } from "../figure.ts";
import { type Column, markdownTable, textTable } from "./columns.ts";
import type { GoalRow } from "./goal-rows.ts";
import type { Entry, Row, Subject } from "./rows.ts";

/** What suites came to. */
export interface Summary {
  readonly rows: readonly Row[];
  readonly goals: readonly GoalRow[];
}

/** Marks what a reader must not overlook. */
type Stress = (text: string) => string;

const ROW_COLUMNS: readonly Column[] = [
  { header: "what", holds: "text" },
  { header: "ours", holds: "text" },
  { header: "peer", holds: "text" },
  { header: "ratio", holds: "numbers" },
  { header: "floor", holds: "text" },
];
const GOAL_COLUMNS: readonly Column[] = [
  { header: "what", holds: "text" },
  { header: "goal", holds: "text" },
  { header: "must be", holds: "text" },
  { header: "measured", holds: "numbers" },
  { header: "met", holds: "text" },
];
const SIGNS = { lower: "≤", higher: "≥" } as const;

/** For a terminal: the rows, and below them the goals, if there are any. */
export function asText({ goals, rows }: Summary): string {
  const plain: Stress = (text) => text;
  const table = textTable(ROW_COLUMNS, rowCells(rows, plain));
  return goals.length === 0
    ? table
    : `${table}\n${textTable(GOAL_COLUMNS, goalCells(goals, plain))}`;
}

/** In Markdown. A ratio is bold where ours is behind, and so is a goal that was missed. */
export function asMarkdown({ goals, rows }: Summary): string {
  const bold: Stress = (text) => `**${text}**`;
  const table = markdownTable(ROW_COLUMNS, rowCells(rows, bold));
  return goals.length === 0
    ? table
    : `${table}\n${markdownTable(GOAL_COLUMNS, goalCells(goals, bold))}`;
}

function rowCells(rows: readonly Row[], stress: Stress): readonly (readonly string[])[] {
  return rows.map((row, i) => {
    const { floors, isBehind, ours, peer, ratio } = row;
    const isFirst = !isSame(row, rows[i - 1]);
    const ratioText = ratio === undefined ? "" : figure(ratio);
    return [
      isFirst ? subjectText(row) : "",
      entryText(ours),
      peer === undefined ? "" : entryText(peer),
      isBehind ? stress(ratioText) : ratioText,
      isFirst ? floors.map(entryText).join(", ") : "",
    ];
  });
}

function goalCells(goals: readonly GoalRow[], stress: Stress): readonly (readonly string[])[] {
  return goals.map((goal, i) => {
    const { direction, measured, must, pass, what } = goal;
    return [
      isSame(goal, goals[i - 1]) ? "" : subjectText(goal),
      what,
      `${SIGNS[direction]} ${must.toLocaleString("en", { maximumSignificantDigits: 3 })}`,
      pass ? figure(measured) : stress(figure(measured)),
      pass ? "yes" : stress("no"),
    ];
  });
}

function isSame(one: Subject, before: Subject | undefined): boolean {
  return before?.title === one.title && before.unit === one.unit;
}

function subjectText({ title, unit }: Subject): string {
  return `${title}; ${unit}`;
}

function entryText({ name, value }: Entry): string {
  return `${name}: ${figure(value)}`;
}
