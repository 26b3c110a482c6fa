/**
 * Every operator and function of the language, as `receiver.name(parameters): result`. Single
 * capital letters are type parameters; `...` after a type takes one argument or more. Macros
 * are not here: the parser makes nodes of them.
 */

/** Functions and methods. A name with a dot after a lower-case word is a namespace: `math.abs`. */
export const FUNCTIONS: readonly string[] = `
bool(bool): bool
bool(string): bool
bytes(bytes): bytes
bytes(string): bytes
double(double): double
double(int): double
double(uint): double
double(string): double
duration(duration): duration
duration(string): duration
dyn(A): dyn
int(int): int
int(uint): int
int(double): int
int(string): int
int(timestamp): int
string(string): string
string(bool): string
string(int): string
string(uint): string
string(double): string
string(bytes): string
string(timestamp): string
string(duration): string
timestamp(timestamp): timestamp
timestamp(string): timestamp
timestamp(int): timestamp
type(A): type<A>
uint(uint): uint
uint(int): uint
uint(double): uint
uint(string): uint

size(string): int
size(bytes): int
size(list<A>): int
size(map<A, B>): int
string.size(): int
bytes.size(): int
list<A>.size(): int
map<A, B>.size(): int

matches(string, string): bool
string.matches(string): bool
string.contains(string): bool
string.startsWith(string): bool
string.endsWith(string): bool
string.charAt(int): string
string.format(list<dyn>): string
string.indexOf(string): int
string.indexOf(string, int): int
string.lastIndexOf(string): int
string.lastIndexOf(string, int): int
string.lowerAscii(): string
string.upperAscii(): string
string.replace(string, string): string
string.replace(string, string, int): string
string.reverse(): string
string.split(string): list<string>
string.split(string, int): list<string>
string.substring(int): string
string.substring(int, int): string
string.trim(): string
list<string>.join(): string
list<string>.join(string): string
strings.quote(string): string

base64.encode(bytes): string
base64.decode(string): bytes

list<A>.first(): optional<A>
list<A>.last(): optional<A>
list<A>.distinct(): list<A>
list<A>.flatten(): list<dyn>
list<A>.flatten(int): list<dyn>
list<A>.reverse(): list<A>
list<A>.slice(int, int): list<A>
list<A>.sort(): list<A>
lists.range(int): list<int>
range(int): list<int>
range(int, int): list<int>
range(int, int, int): list<int>

sets.contains(list<A>, list<A>): bool
sets.equivalent(list<A>, list<A>): bool
sets.intersects(list<A>, list<A>): bool

math.greatest(int...): int
math.greatest(uint...): uint
math.greatest(double...): double
math.greatest(list<A>): A
math.greatest(dyn...): dyn
math.least(int...): int
math.least(uint...): uint
math.least(double...): double
math.least(list<A>): A
math.least(dyn...): dyn
math.ceil(double): double
math.ceil(int): int
math.floor(double): double
math.floor(int): int
math.round(double): double
math.round(int): int
math.trunc(double): double
math.trunc(int): int
math.abs(double): double
math.abs(int): int
math.abs(uint): uint
math.sign(double): double
math.sign(int): int
math.sign(uint): uint
math.sqrt(double): double
math.sqrt(int): double
math.sqrt(uint): double
math.isNaN(double): bool
math.isInf(double): bool
math.isFinite(double): bool
math.bitAnd(int, int): int
math.bitAnd(uint, uint): uint
math.bitOr(int, int): int
math.bitOr(uint, uint): uint
math.bitXor(int, int): int
math.bitXor(uint, uint): uint
math.bitNot(int): int
math.bitNot(uint): uint
math.bitShiftLeft(int, int): int
math.bitShiftLeft(uint, int): uint
math.bitShiftRight(int, int): int
math.bitShiftRight(uint, int): uint

optional.of(A): optional<A>
optional.none(): optional<A>
optional.ofNonZeroValue(A): optional<A>
optional.unwrap(list<optional<A>>): list<A>
optional<A>.hasValue(): bool
optional<A>.value(): A
optional<A>.or(optional<A>): optional<A>
optional<A>.orValue(A): A
list<optional<A>>.unwrapOpt(): list<A>

timestamp.getFullYear(): int
timestamp.getFullYear(string): int
timestamp.getMonth(): int
timestamp.getMonth(string): int
timestamp.getDate(): int
timestamp.getDate(string): int
timestamp.getDayOfMonth(): int
timestamp.getDayOfMonth(string): int
timestamp.getDayOfWeek(): int
timestamp.getDayOfWeek(string): int
timestamp.getDayOfYear(): int
timestamp.getDayOfYear(string): int
timestamp.getHours(): int
timestamp.getHours(string): int
timestamp.getMinutes(): int
timestamp.getMinutes(string): int
timestamp.getSeconds(): int
timestamp.getSeconds(string): int
timestamp.getMilliseconds(): int
timestamp.getMilliseconds(string): int
duration.getHours(): int
duration.getMinutes(): int
duration.getSeconds(): int
duration.getMilliseconds(): int

json(A): string
file(string): string
`.trim().split(/\n+/);

/** Operators; `[]` is an index. Comparing with `==` and `!=` takes any two values. */
export const OPERATORS: readonly string[] = `
+(int, int): int
+(uint, uint): uint
+(double, double): double
+(int, double): double
+(double, int): double
+(string, string): string
+(bytes, bytes): bytes
+(list<A>, list<A>): list<A>
+(timestamp, duration): timestamp
+(duration, timestamp): timestamp
+(duration, duration): duration
-(int, int): int
-(uint, uint): uint
-(double, double): double
-(int, double): double
-(double, int): double
-(timestamp, timestamp): duration
-(timestamp, duration): timestamp
-(duration, duration): duration
-(int): int
-(double): double
*(int, int): int
*(uint, uint): uint
*(double, double): double
*(int, double): double
*(double, int): double
/(int, int): int
/(uint, uint): uint
/(double, double): double
/(int, double): double
/(double, int): double
%(int, int): int
%(uint, uint): uint
!(bool): bool
&&(bool, bool): bool
||(bool, bool): bool
==(A, B): bool
!=(A, B): bool
<(bool, bool): bool
<(number, number): bool
<(string, string): bool
<(bytes, bytes): bool
<(timestamp, timestamp): bool
<(duration, duration): bool
in(A, list<A>): bool
in(A, map<A, B>): bool
[](list<A>, int): A
[](map<A, B>, A): B
`.trim().split(/\n+/);
