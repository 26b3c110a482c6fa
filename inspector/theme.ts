/** Light or dark: as the system has it, unless the user chose one. */

const KEY = "digly-inspector-theme";

/** The theme that follows the system, and those that do not. */
export type Theme = "auto" | "light" | "dark";

/** The theme that the user chose. */
export function currentTheme(): Theme {
  const theme = localStorage.getItem(KEY);
  return theme === "light" || theme === "dark" ? theme : "auto";
}

/** Uses the theme that the user chose. */
export function applyTheme(): void {
  document.documentElement.dataset["theme"] = currentTheme();
}

/** The next theme, remembered for the next visit. */
export function nextTheme(): Theme {
  const themes: readonly Theme[] = ["auto", "light", "dark"];
  const theme = themes[themes.indexOf(currentTheme()) + 1] ?? "auto";
  localStorage.setItem(KEY, theme);
  applyTheme();
  return theme;
}
