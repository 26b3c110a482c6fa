/** The keys that the page knows. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

type Keys = readonly (readonly [keys: readonly string[], action: string])[];

const GROUPS: readonly (readonly [title: string, keys: Keys])[] = [
  ["Everywhere", [
    [["1", "…", "7"], "Show a view"],
    [["/"], "Search"],
    [["Esc"], "Leave a field, or close what is open"],
    [["Backspace"], "Go back"],
    [["?"], "Show the keys"],
  ]],
  ["Lists and steps", [
    [["↑", "↓", "j", "k"], "Move by one"],
    [["PgUp", "PgDn", "Home", "End"], "Move far"],
    [["Enter"], "Open"],
    [["p"], "Pause and continue"],
  ]],
  ["Graph", [
    [["←", "→", "↑", "↓"], "Move to the next box"],
    [["Enter"], "Open the box"],
    [["c"], "Show the box in the middle"],
    [["+", "−"], "Zoom"],
    [["0"], "Show all"],
  ]],
];

/** The dialog. */
export function Help({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onClose} aria-label="Keys">
      <h2>Keys</h2>
      <table>
        {GROUPS.map(([title, keys]) => (
          <tbody key={title}>
            <tr>
              <th scope="rowgroup" colSpan={2}>{title}</th>
            </tr>
            {keys.map(([names, action]) => (
              <tr key={action}>
                <th scope="row">
                  {names.map((name) => name === "…" ? ` ${name} ` : <kbd key={name}>{name}</kbd>)}
                </th>
                <td>{action}</td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
