/** The fields of a form. */
import type { JSX } from "preact";
import { type Field, fieldKey, type Texts } from "../form.ts";

interface FormFieldsProps {
  readonly fields: readonly Field[];
  readonly texts: Texts;
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (key: string, text: string) => void;
}

/** One field below the other; groups are framed. */
export function FormFields({ fields, ...rest }: FormFieldsProps): JSX.Element {
  return (
    <>
      {fields.map((field) =>
        field.fields === undefined
          ? <FieldEditor key={fieldKey(field)} field={field} {...rest} />
          : (
            <fieldset key={fieldKey(field)}>
              <legend>{field.label}</legend>
              <FormFields fields={field.fields} {...rest} />
            </fieldset>
          )
      )}
    </>
  );
}

function FieldEditor({ field, texts, problems, onChange }:
  & { readonly field: Field }
  & Omit<
    FormFieldsProps,
    "fields"
  >): JSX.Element {
  const key = fieldKey(field);
  const text = texts[key] ?? "";
  const problem = problems[key];
  const common = {
    value: text,
    placeholder: field.placeholder,
    "aria-invalid": problem !== undefined,
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) =>
      onChange(key, currentTarget.value),
  } as const;
  return (
    <label class="field">
      <span>
        {field.label}
        {field.isRequired && <span class="dim">required</span>}
      </span>
      {editor(field, common)}
      {field.description !== undefined && <small class="dim">{field.description}</small>}
      {problem !== undefined && <small class="bad-text">{problem}</small>}
    </label>
  );
}

function editor(field: Field, common: object): JSX.Element {
  switch (field.type) {
    case "choice":
    case "boolean":
      return (
        <select {...common}>
          <option value=""></option>
          {(field.choices ?? ["true", "false"]).map((choice) => (
            <option key={choice} value={choice}>{choice.replace(/^"(.*)"$/, "$1")}</option>
          ))}
        </select>
      );
    case "json":
      return <textarea rows={3} spellcheck={false} {...common} />;
    default:
      return (
        <input type="text" inputMode={field.type === "text" ? "text" : "decimal"} {...common} />
      );
  }
}
