/** Saves an execution as a test in the folder of the app. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { SavedTest, SaveTestRequest } from "../../src/inspector/api.ts";
import { pathTo, post } from "../client.ts";
import { ProblemBox, problemOf } from "./problem.tsx";
import { CopyButton } from "./values.tsx";

/** The button and its dialog, which shows the test before it is written. */
export function SaveTest({ id }: { readonly id: string }): JSX.Element {
  const [shown, setShown] = useState<SavedTest>();
  const [file, setFile] = useState("");
  const [problem, setProblem] = useState<unknown>();
  const [isOpen, setIsOpen] = useState(false);
  const request = (body: SaveTestRequest) =>
    post<SavedTest>(pathTo("executions", id, "test"), body);
  const open = () => {
    setIsOpen(true);
    setProblem(undefined);
    request({ preview: true }).then((test) => {
      setShown(test);
      setFile(test.fileName);
    }, setProblem);
  };
  const save = (event: Event) => {
    event.preventDefault();
    setProblem(undefined);
    request({ file }).then(setShown, setProblem);
  };
  return (
    <>
      <button type="button" onClick={open}>Save as test</button>
      {isOpen && (
        <dialog
          ref={(dialog) => void (dialog && !dialog.open && dialog.showModal())}
          onClose={() => setIsOpen(false)}
          aria-label="Save as test"
          class="wide-dialog"
        >
          <h2>Save as test</h2>
          {problem !== undefined && <ProblemBox problem={problemOf(problem)} />}
          {shown && (
            <>
              {shown.path === undefined
                ? (
                  <form id="save-test" onSubmit={save}>
                    <label class="field">
                      <span>File, in the folder of the app</span>
                      <input
                        type="text"
                        value={file}
                        onInput={({ currentTarget }) => setFile(currentTarget.value)}
                      />
                    </label>
                  </form>
                )
                : (
                  <p role="status">
                    Written to <code>{shown.path}</code>. Run it with{" "}
                    <code>digly test {shown.path}</code>
                  </p>
                )}
              <pre class="scroll" tabIndex={0} role="region" aria-label="Test">{shown.yaml}</pre>
            </>
          )}
          <form method="dialog" class="actions">
            {shown && shown.path === undefined && (
              <button type="submit" form="save-test" class="primary">Save</button>
            )}
            {shown && <CopyButton text={shown.yaml} />}
            <button type="submit">Close</button>
          </form>
        </dialog>
      )}
    </>
  );
}
