/** Fills the texts of www/texts: `{name}`, and `{name, plural, one {# step} other {# steps}}` as ICU's messages have it. */

/** What the placeholders of a text stand for. Numbers and lists are written as the language does; other texts stand as they are. */
export type Values = Record<string, string | number | readonly string[]>;

/** Says the text of a key. */
export type Say<Key extends string> = (key: Key, values?: Values) => string;

const PLACEHOLDER = /\{(\w+)(?:, plural,((?: \w+ \{[^{}]*\})+))?\}/g;

/** A text in a language, with its values. A placeholder without a value stays as it is. */
export function filled(text: string, language: string, values: Values = {}): string {
  return text.replace(PLACEHOLDER, (placeholder, name: string, forms?: string) => {
    const value = values[name];
    if (value === undefined) return placeholder;
    if (typeof value === "string") return value;
    if (typeof value === "object") return new Intl.ListFormat(language, { type: "unit" }).format(value);
    const number = value.toLocaleString(language);
    return forms ? formOf(forms, new Intl.PluralRules(language).select(value)).replace("#", () => number) : number;
  });
}

/** The form of a category, or that of all others. */
function formOf(forms: string, category: string): string {
  const found = new Map(Array.from(forms.matchAll(/(\w+) \{([^{}]*)\}/g), ([, name, form]) => [name, form]));
  return found.get(category) ?? found.get("other") ?? "";
}
