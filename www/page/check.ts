/** The card that asks every back end of this machine about the same networks. */

import type { CheckedBackend, CheckReport, Diffuser } from "../src/index.ts";
import { type CardEvents, ReportCard, type Telling } from "./report-card.ts";
import { checking } from "./texts/check.ts";
import { texts } from "./texts.ts";

/** Connects the card. `look` gives the engine that asks. */
export function checkCard(look: () => Diffuser | undefined, events: CardEvents): ReportCard<Diffuser> {
  return new ReportCard("check", { texts: checking, look, work: check, events });
}

async function check(diffuser: Diffuser, signal: AbortSignal, tell: Telling): Promise<string> {
  tell(0, checking.working);
  const report = await diffuser.check({ signal, onProgress: (done) => tell(done, checking.working) });
  return written(report, new Date(), navigator.userAgent);
}

/** The report as markdown. */
export function written({ backends, parts }: CheckReport, date: Date, browser: string): string {
  const names = backends.map(texts.backendName);
  const rows = parts.map(({ name, answers }) => {
    const cells = answers.map((answer) =>
      answer ? `${answer.distance.toExponential(1)}, ${answer.ms.toPrecision(3)} ms` : "-",
    );
    return `| ${[name, ...cells].join(" | ")} |`;
  });
  return [
    `unnoise, ${date.toISOString().slice(0, 10)}`,
    `- browser: ${browser}`,
    ...backends.map((backend) => `- ${texts.backendName(backend)}: ${found(backend)}`),
    "",
    "Relative distance from the CPU, and time of a prediction (the first column is the CPU itself):",
    "",
    `| small network with | ${names.join(" | ")} |`,
    `| --- |${" --- |".repeat(names.length)}`,
    ...rows,
  ].join("\n");
}

function found({ adapter, knownAnswer, failed }: CheckedBackend): string {
  const answer = knownAnswer === undefined ? [] : [`known answer off by ${knownAnswer.toExponential(1)}`];
  return [...(adapter === undefined ? [] : [adapter]), ...answer, ...(failed === undefined ? [] : [failed])].join("; ");
}
