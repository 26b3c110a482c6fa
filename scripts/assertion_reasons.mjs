/**
 * A rule for `deno lint`: a non-null assertion, and a cast by way of `unknown`, has its reason in a
 * comment on the same line or in the two lines above its statement; an index below the length in the
 * head of its loop needs none.
 */

/** Tests may assume what they have set up. */
const WITHOUT_REASON = /[\\/](?:tests|bench|examples|generated)[\\/]/;
const COMMENT = /^\s*(?:\/\/|\/?\*)|\s\/\/ /;
/** What a comment is written above. */
const OUTER = /Statement$|Declaration$|^Property$|Definition$|^JSX|^ArrowFunctionExpression$/;

export default {
  name: "digly",
  rules: {
    "assertion-reasons": {
      create(context) {
        if (WITHOUT_REASON.test(context.filename)) return {};
        const { text } = context.sourceCode;
        const lines = text.split("\n");
        const lineAt = (offset) => text.slice(0, offset).split("\n").length - 1;

        function hasReason(node) {
          let outer = node;
          while (outer.parent && !OUTER.test(outer.type)) outer = outer.parent;
          return lines.slice(Math.max(0, lineAt(outer.range[0]) - 2), lineAt(node.range[1]) + 1)
            .some((line) => COMMENT.test(line));
        }

        return {
          TSNonNullExpression(node) {
            if (isBelowLength(node, text) || hasReason(node)) return;
            const message = "Say in a comment why the value cannot be null or undefined";
            context.report({ node, message });
          },
          TSAsExpression(node) {
            const { expression } = node;
            const isDouble = expression.type === "TSAsExpression" &&
              expression.typeAnnotation.type === "TSUnknownKeyword";
            if (!isDouble || hasReason(node)) return;
            context.report({ node, message: "Say in a comment why the value has this type" });
          },
        };
      },
    },
  },
};

/** True for `list[index]!` in a loop whose head bounds the index. */
function isBelowLength({ expression }, text) {
  if (expression.type !== "MemberExpression" || !expression.computed) return false;
  const index = text.slice(...expression.property.range);
  for (let node = expression.parent; node; node = node.parent) {
    const isLoop = node.type === "ForStatement" || node.type === "WhileStatement";
    if (isLoop && node.test && text.slice(...node.test.range).includes(`${index} <`)) return true;
  }
  return false;
}
