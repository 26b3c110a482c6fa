/** Edits a value with a form made from its schema, or as JSON. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import {
  type Field,
  fieldsOf,
  fits,
  type FormResult,
  parseJson,
  readForm,
  skeletonOf,
  type Texts,
  textsOf,
} from "../form.ts";
import { FormFields } from "./form_fields.tsx";

/** A value while it is edited. */
export interface EditedValue {
  /** The value; undefined for none. */
  readonly result: FormResult;
  /** Undefined where only JSON can describe it. */
  readonly fields: readonly Field[] | undefined;
  readonly isJson: boolean;
  readonly json: string;
  readonly texts: Texts;
  readonly canSwitch: boolean;
  setJson(json: string): void;
  setText(key: string, text: string): void;
  /** Goes from the form to JSON, or back. */
  switchEditor(): void;
}

/** Begins to edit a value; without an initial one, JSON begins with the properties of the schema. */
export function useEditedValue(schema: unknown, initial: unknown): EditedValue {
  const fields = useMemo(() => fieldsOf(schema), [schema]);
  const [isJson, setIsJson] = useState(fields === undefined || !fits(fields, initial));
  const [json, setJson] = useState(() => {
    const first = initial === undefined && schema !== undefined
      ? skeletonOf(schema) ?? undefined
      : initial;
    return first === undefined ? "" : JSON.stringify(first, undefined, 2);
  });
  const [texts, setTexts] = useState(() => textsOf(fields ?? [], initial));
  const result = isJson ? readJson(json) : readForm(fields ?? [], texts);
  return {
    result,
    fields,
    isJson,
    json,
    texts,
    canSwitch: fields !== undefined &&
      (!isJson || ("value" in result && fits(fields, result.value))),
    setJson,
    // A browser that fills in a form changes several fields at once.
    setText: (key, text) => setTexts((before) => ({ ...before, [key]: text })),
    switchEditor() {
      if (!isJson) {
        if ("value" in result) setJson(JSON.stringify(result.value, undefined, 2));
      } else if (fields !== undefined && "value" in result && fits(fields, result.value)) {
        setTexts(textsOf(fields, result.value));
      } else return;
      setIsJson(!isJson);
    },
  };
}

/** The form or the JSON. */
export function InputEditor({ edited, label }: {
  readonly edited: EditedValue;
  readonly label: string;
}): JSX.Element {
  const { result, fields, isJson, json, texts, setJson, setText } = edited;
  const problems = "problems" in result ? result.problems : {};
  if (!isJson) {
    return (
      <FormFields fields={fields ?? []} texts={texts} problems={problems} onChange={setText} />
    );
  }
  return (
    <label class="field">
      <span>{label}, as JSON</span>
      <textarea
        rows={8}
        spellcheck={false}
        value={json}
        placeholder={`No ${label.toLowerCase()}`}
        onInput={({ currentTarget }) => setJson(currentTarget.value)}
      />
      {problems[""] !== undefined && <span class="bad-text">{problems[""]}</span>}
    </label>
  );
}

/** The button between the form and JSON; nothing where there is no form. */
export function EditorSwitch({ edited, what }: {
  readonly edited: EditedValue;
  /** What is edited, if that is not clear from the form: `body`. */
  readonly what?: string;
}): JSX.Element | null {
  const { fields, isJson, canSwitch, switchEditor } = edited;
  if (fields === undefined || fields.length === 0) return null;
  return (
    <button type="button" onClick={switchEditor} disabled={!canSwitch}>
      {`Edit ${what === undefined ? "" : `the ${what} `}as ${isJson ? "a form" : "JSON"}`}
    </button>
  );
}

function readJson(text: string): FormResult {
  if (text.trim() === "") return { value: undefined };
  let problem: string | undefined;
  const value = parseJson(text, (message) => problem = message);
  return problem === undefined ? { value } : { problems: { "": problem } };
}
