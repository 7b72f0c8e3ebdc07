/** The sheet "Share": the picture as a link, as an element, as calls of the library, and as Python; one of them at a time. */

import { make, say } from "../../ui/dom.ts";
import { checked, find, radios, write } from "../dom.ts";
import { shownPicture } from "../generate/transport.ts";
import { findWeights, type Source, weigh } from "../model/engine.ts";
import { sentenceOf } from "../panel/problems.ts";
import { t } from "../texts.ts";
import { apiCode, embedCode, madeLine, modelAddress } from "./code.ts";
import { Copier } from "./copying.ts";
import { fits } from "./edit.ts";
import { editAttributes } from "./edit-code.ts";
import { linkTo, parametersOf } from "./link.ts";
import { type Made, madeAlone } from "./made.ts";
import { type ModelFolder, pythonCode } from "./python.ts";

/** What is shared: the run on the stage, or else what the controls ask for. */
export interface Shared {
  made: Made;
  onStage: boolean;
}

const FORMS = ["link", "embed", "api", "python"] as const;
type Form = (typeof FORMS)[number];

/** What each form is, and what its button says. */
const KEYS = {
  link: { hint: "shareLink", copy: "copyLink" },
  embed: { hint: "shareEmbed", copy: "copyEmbed" },
  api: { hint: "shareApi", copy: "copyApi" },
  python: { hint: "sharePython", copy: "copyPython" },
} as const;

/** The sheet. It asks for what is shared each time it opens. */
export class ShareSheet {
  private readonly text = find("share-text", HTMLTextAreaElement);
  private readonly which = find("share-which", HTMLSelectElement);
  private readonly copy = find("share-copy", HTMLButtonElement);
  /** Hands the link to another application, where the device can. */
  private readonly send = make("button", { type: "button", class: "plain", id: "share-send" }, t("shareWith"));
  private readonly copier = new Copier();
  private shared: Shared | undefined;
  /** What will be shared, while it is not known yet. */
  private coming: Promise<Shared | undefined> | undefined;
  private folder: { source: Source; found: Promise<ModelFolder> } | undefined;

  /** Connects the sheet's controls. */
  constructor() {
    for (const radio of radios("share-as")) radio.addEventListener("change", () => void this.write());
    this.which.addEventListener("input", () => void this.write());
    this.copy.addEventListener("click", () => void this.take());
    this.send.addEventListener("click", () => void this.hand());
    this.copier.said.subscribe((said) => say(this.copy, said || verb()));
    if ("share" in navigator) this.copy.after(this.send);
  }

  /** Shows what is shared, and nothing until then; undefined before there is a model. */
  async show(coming: Promise<Shared | undefined>): Promise<void> {
    this.coming = coming;
    this.shared = undefined;
    this.text.value = "";
    this.copy.disabled = this.send.hidden = true;
    write("share-of", "");
    const shared = await coming;
    if (coming !== this.coming) return;
    this.coming = undefined;
    this.shared = shared;
    this.offer(shared?.made.morph || shared?.made.table ? 1 : (shared?.made.settings.images ?? 1));
    await this.write();
  }

  /** Offers each image of a batch alone. A choice stays as long as there are as many. */
  private offer(images: number): void {
    find("share-images").hidden = images === 1;
    const { options } = this.which;
    if (options.length === (images === 1 ? 1 : images + 1)) return;
    const alone = Array.from(
      { length: images > 1 ? images : 0 },
      (_, i) => new Option(t("shareImage", { n: i + 1 }), String(i)),
    );
    this.which.replaceChildren(new Option(t("shareAll", { n: images }), ""), ...alone);
  }

  /** What makes the pictures that are chosen. */
  private chosen({ made }: Shared): Made {
    return madeAlone(made, this.which.value === "" ? undefined : Number(this.which.value));
  }

  private async write(): Promise<void> {
    if (this.coming) return;
    const { shared } = this;
    const [form, image] = [chosenForm(), this.which.value];
    this.copy.disabled = true;
    write("share-of", shared ? said(shared, this.chosen(shared)) : t("shareNothing"));
    if (shared) {
      const made = this.chosen(shared);
      write("share-hint", hint(form, made));
      const text = await this.textOf(form, made);
      if (form !== chosenForm() || image !== this.which.value || shared !== this.shared) return;
      this.text.value = text;
    } else this.text.value = "";
    this.text.setAttribute("wrap", form === "link" || form === "embed" ? "soft" : "off");
    this.text.scrollTo(0, 0);
    this.copy.disabled = this.text.value === "";
    this.send.hidden = form !== "link" || this.copy.disabled;
    say(this.copy, verb());
  }

  private async textOf(form: Form, made: Made): Promise<string> {
    if (isWithout(form, made)) return "";
    if (form === "link") return linkTo(parametersOf(made));
    if (form === "embed") return embedCode(made, shownPicture());
    return form === "api" ? apiCode(made) : pythonCode(made, await this.locate(made));
  }

  /** Looks up once what files a model's folder has. */
  private locate(made: Made): Promise<ModelFolder> {
    if (this.folder?.source !== made.source) this.folder = { source: made.source, found: locate(made) };
    return this.folder.found;
  }

  private async hand(): Promise<void> {
    try {
      await navigator.share({ title: document.title, url: this.text.value });
    } catch (error) {
      // Whoever changes their mind is told nothing.
      if (!(error instanceof DOMException && error.name === "AbortError")) write("share-problem", sentenceOf(error));
    }
  }

  private take(): Promise<void> {
    this.text.select();
    return this.copier.copy(this.text.value, () => this.text.focus(), t("copyKeys"));
  }
}

function verb(): string {
  return t(KEYS[chosenForm()].copy);
}

function said({ onStage }: Shared, made: Made): string {
  return t(onStage ? "shareStage" : "shareControls", { made: madeLine(made) });
}

function chosenForm(): Form {
  return FORMS.find((form) => form === checked("share-as")) ?? "link";
}

/** Whether a form cannot say a table, an edit (diffusers' script none, the element some), or a network whose class diffusers does not know. */
function isWithout(form: Form, { edit, table, info }: Made): boolean {
  if (table) return form !== "link";
  if (form === "python" && info.classChannels !== undefined) return true;
  return edit !== undefined && (form === "python" || (form === "embed" && editAttributes(edit) === undefined));
}

function hint(form: Form, made: Made): string {
  const { source, settings, edit, table } = made;
  if (isWithout(form, made)) return t(table ? "shareTableForms" : edit ? "shareEditForms" : "shareClassChannels");
  const large = edit && form === "link" && !fits(edit, "link") ? t("shareEditLarge") : "";
  const files = typeof source === "string" ? "" : t("shareFiles");
  const philox = form === "python" && settings.rng === "philox" ? t("sharePhilox") : "";
  return [large || philox || t(KEYS[form].hint), files].filter((part) => part !== "").join(" ");
}

/** What files a model's folder has, asked of its server; the layout of diffusers' own folders where it does not say. */
async function locate(made: Made): Promise<ModelFolder> {
  const usual = { part: "unet/", variant: undefined, scheduler: true };
  if (typeof made.source !== "string") return { address: undefined, ...usual };
  const address = modelAddress(made);
  const found = await findWeights(address);
  if (!found) return { address, ...usual };
  const { part, variant } = found;
  const config = `${part && "scheduler/"}scheduler_config.json`;
  return { address, part, variant, scheduler: (await weigh(address + config)) !== undefined };
}
