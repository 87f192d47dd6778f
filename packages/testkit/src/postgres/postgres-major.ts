/** The PostgreSQL majors that can be started from npm packages. */
export const postgresMajors = [15, 16, 17, 18] as const;

/** One of `postgresMajors`. */
export type PostgresMajor = (typeof postgresMajors)[number];

/**
 * Whether a number is a PostgreSQL major this package can start.
 *
 * @example
 * isPostgresMajor(18); // true
 */
export function isPostgresMajor(value: number): value is PostgresMajor {
  return postgresMajors.some((major) => major === value);
}
