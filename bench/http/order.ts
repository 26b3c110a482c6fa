/** The schema of an order, as in app.yaml. */
export const ORDER = {
  type: "object",
  required: ["customer", "items"],
  additionalProperties: false,
  properties: {
    customer: { type: "string", minLength: 1 },
    items: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["sku", "count"],
        properties: {
          sku: { type: "string", pattern: "^[A-Z]{3}-[0-9]+$" },
          count: { type: "integer", minimum: 1 },
        },
      },
    },
  },
} as const;
