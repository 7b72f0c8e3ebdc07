/** The address bar: it says what is shown, so that reloading, Back, Forward and copying it lead there again. */

import { freshSeeds } from "../panel/controls.ts";
import { type Address, readAddress } from "../share/address.ts";
import type { Made } from "../share/made.ts";

/** What stays in the address though no picture is made of it. */
const KEPT = ["lang"];

/** Follows the page, and leads it back. */
export class Trail {
  private readonly look: () => Promise<Made | undefined>;
  /** What the address was written for. */
  private told: unknown;
  /** The query that was last written or followed. */
  private query = location.search;

  /** An address of the past is being shown, and stays as it is. */
  private leads = false;

  /** `look` says what is shown, or asked for; `go` hears of an address of the past, and whether its settings are others. */
  constructor(look: () => Promise<Made | undefined>, go: (address: Address, others: boolean) => void) {
    this.look = look;
    window.addEventListener("popstate", () => {
      const others = location.search !== this.query;
      this.query = location.search;
      this.leads = true;
      go(readAddress(location.search), others);
      this.leads = false;
    });
  }

  /** Writes the address once for each run that is shown; `run` tells one from another, and there may be none. */
  follow(run: unknown): void {
    if (run === this.told) return;
    this.told = run;
    if (run !== undefined && !this.leads) void this.write();
  }

  /** Writes the address of what is shown in place of the one that stands there; nothing where that makes no sense. */
  async write(): Promise<void> {
    const { told } = this;
    const link = await this.link().catch(() => undefined);
    if (link === undefined || told !== this.told) return;
    history.replaceState({ fresh: freshSeeds() }, "", link);
    this.query = location.search;
  }

  /** Whether what is shown is what the address says, or another run is. */
  async fits(run?: Made): Promise<boolean> {
    return (await this.link(run).catch(() => undefined))?.search === location.search;
  }

  private async link(run?: Made): Promise<URL | undefined> {
    const { linkTo, parametersOf } = await import("../share/link.ts");
    const made = run ?? (await this.look());
    if (!made) return undefined;
    const link = new URL(linkTo(parametersOf(made)));
    const before = new URLSearchParams(location.search);
    for (const name of KEPT) if (before.has(name)) link.searchParams.set(name, before.get(name) ?? "");
    link.hash = location.hash;
    return link;
  }
}

/** Whether the seed of the address was not chosen but rolled: so says the history of this tab. A link says nothing of it. */
export function wasRolled(): boolean {
  return history.state?.fresh === true;
}
