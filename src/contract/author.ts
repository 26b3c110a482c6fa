/**
 * `digly/module`: what the author of a module imports. It contains only types and pure functions, so
 * that several copies of it can coexist.
 *
 * @module
 */
import type { ModuleCreateContext, ValueContext } from "./contexts.ts";
import type { Controller, ResourceInstance } from "./module.ts";
import type { RuntimeResource } from "./resource.ts";

export {
  type CodeLimitName,
  type CodeLimits,
  formatCodeLimit,
  readCodeLimits,
} from "./code_limits.ts";
export { durationMs, LONGEST_DURATION_MS } from "./duration.ts";
export { errorFromJSON, type ErrorJson, errorToJSON } from "./error_json.ts";
export { DiglyError, fail, isDiglyError, isModuleErrorCode, messageOf } from "./errors.ts";
export type {
  ErrorCode,
  ErrorDetails,
  FailDetails,
  ModuleErrorCode,
  ModuleErrorDetails,
  Origin,
  Related,
} from "./errors.ts";
export { formatField } from "./field_path.ts";
export { headerNameProblem, headerValueProblem } from "./headers.ts";
export { inspectJson, type JsonShape } from "./json_shape.ts";
export { resultJson } from "./result_json.ts";
export {
  bytesOf,
  chunkBytes,
  formOf,
  isLive,
  isThenable,
  iteratorOf,
  type ResultForm,
} from "./results.ts";
export { formatTraceparent, parseTraceparent, type TraceParent } from "./trace.ts";
export { differenceLines, type DifferenceOptions, showValue } from "../diagnostics/difference.ts";
export { explanationLines } from "../diagnostics/explanation.ts";
export { didYouMean, nearest } from "../diagnostics/nearest.ts";
export type { AppFile } from "./app_file.ts";
export type { Clock } from "./clock.ts";
export type { DurableJobs, JobRecord, JobState, JobSummary } from "./durable_jobs.ts";
export { RUNTIME_EVENTS } from "./events.ts";
export type {
  EventListener,
  EventName,
  EventRecord,
  ExecutionPayload,
  KernelEvents,
  PayloadOf,
} from "./events.ts";
export type {
  HttpMiddleware,
  HttpMiddlewareInfo,
  HttpNext,
  HttpRefusal,
  HttpUsedMiddleware,
} from "./http_middleware.ts";
export type {
  HttpErrorDescription,
  HttpForwarded,
  HttpMount,
  HttpMountInfo,
  HttpMountOffer,
  HttpResponseDescription,
  HttpRouteDescription,
  HttpSecurityDescription,
} from "./http_mount.ts";
export type { HttpSocketApi } from "./http_socket.ts";
export type { ObservedWork, ObserveWork, WorkDescription } from "./observed_work.ts";
export type {
  Counter,
  Gauge,
  Histogram,
  Labels,
  MetricFamily,
  MetricSample,
  ModuleMetrics,
} from "./metrics.ts";
export { inputError, toInputSchema, violationsError } from "./input_schema.ts";
export type {
  Check,
  CheckContext,
  KnownCodes,
  NameUse,
  Problem,
  ProblemOptions,
  ProvideOptions,
  RelatedPlace,
} from "./check.ts";
export type {
  ControllerContext,
  ModuleContext,
  ModuleCreateContext,
  ValueContext,
} from "./contexts.ts";
export type { ResourceDescription } from "./resource_description.ts";
export type { Controller, DiglyModule, KindDeclaration, ResourceInstance } from "./module.ts";
export type { DeclaredError } from "./resource_description.ts";
export type { Validated, Validator, ValidatorOptions } from "./validator.ts";
export type { Violation } from "./violation.ts";
export type {
  Call,
  Context,
  Dispatch,
  Execute,
  ExecutionOptions,
  FailOptions,
  InterceptMatch,
  Interceptor,
  Logger,
  NextOptions,
  WireContext,
} from "./execution.ts";
export type { HttpServerApi } from "./http_server.ts";
export type {
  InlineResource,
  Path,
  ResourceManifest,
  ResourceMetadata,
  RuntimeResource,
} from "./resource.ts";
export { postgresIdentity, type SqlTransaction, type SqlTransactions } from "./sql_transactions.ts";
export { sizeBytes } from "./size.ts";
export { isSafeUrl } from "./url_password.ts";
export {
  type Explanation,
  type Expression,
  type ExpressionPart,
  isLate,
  type Late,
  type Template,
  type TextParts,
} from "./templates.ts";
export type { TextPart } from "./source.ts";
export type {
  ClusterNode,
  ClusterStatus,
  Leadership,
  LeadershipEvents,
  NodeStatus,
  RemoteCall,
  RolePlacement,
  Serve,
  ServedCall,
  Transport,
  TransportHooks,
} from "./transport.ts";
export { formatUrn, parseUrn, type Urn } from "./urn.ts";
export { valueAt } from "./resource.ts";

/**
 * A controller whose resources have known fields.
 *
 * @example
 * const controller: ControllerOf<{ text: string }> = {
 *   create: ({ text }) => ({ execute: () => text.toUpperCase() }),
 * };
 * export default defineController(controller);
 */
export interface ControllerOf<Fields extends object, Api = unknown>
  extends Omit<Controller, "create" | "value"> {
  create?(
    resource: RuntimeResource<Fields>,
    ctx: ModuleCreateContext,
  ): ResourceInstance<Api> | null | Promise<ResourceInstance<Api> | null>;
  value?(resource: RuntimeResource<Fields>, ctx: ValueContext): unknown;
}

/**
 * Adds types to a controller; use it as the default export of a module. `Fields` are the fields of
 * its resources, as validated by the `schema` of the definition; `Api` is the `api` of its instances,
 * if other resources use it.
 *
 * @example
 * export default defineController<{ text: string }>({
 *   create: ({ text }, ctx) => ({
 *     execute: () => text.toUpperCase(),
 *   }),
 * });
 */
export function defineController<
  Fields extends object = Record<string, unknown>,
  Api = unknown,
>(
  controller: ControllerOf<Fields, Api>,
): Controller {
  return controller as Controller;
}
