const MAX_STACK_CHARACTERS = 16_384;
const MAX_FRAMES = 100;
const MAX_CULPRIT_CHARACTERS = 300;

// `at fn (place)`, `at async fn (place)`, and `at place`.
const FRAME =
  /^\s{1,20}at (?:async )?(?:(.{1,400}?) \()?((?:file:\/\/|node:|[A-Za-z]:[\\/]|\/|\.{0,2}[\w@-][^():\n]{0,300})[^()\n]{0,1000}?):\d{1,9}(?::\d{1,9})?\)?$/;
// What a bundler puts into the name of a file, other in each build.
const BUILD_HASH = /[-.](?=[A-Za-z_]{0,32}\d)[A-Za-z0-9_]{8,32}(?=\.[cm]?js$)/;

/**
 * The first frame of a stack that is the application's own: outside of node_modules and of Node. As `function (file)`, the path
 * relative to the folder of the application. Undefined where there is none.
 *
 * Without line and column: a deploy moves them, and the group would begin anew with each one, as something that was never seen. The
 * price is that two errors of one function with the same type and message are one group, which tells where to look all the same.
 *
 * @param folder the folder paths are relative to, without a slash at the end
 */
export function findCulprit(stack: string, folder: string): string | undefined {
  const lines = stack.slice(0, MAX_STACK_CHARACTERS).split('\n');
  let frames = 0;
  for (const line of lines) {
    const match = FRAME.exec(line.trimEnd());
    if (match === null) {
      continue;
    }
    frames += 1;
    if (frames > MAX_FRAMES) {
      return undefined;
    }
    const [, callee, place = ''] = match;
    const path = toPath(place);
    if (!isForeign(path)) {
      return `${toName(callee)} (${toRelative(path, folder)})`.slice(0, MAX_CULPRIT_CHARACTERS);
    }
  }
  return undefined;
}

function toPath(place: string): string {
  const path = place.startsWith('file://') ? decode(place.slice('file://'.length)) : place;
  // file:///C:/app is /C:/app here.
  return path
    .replace(/^\/(?=[A-Za-z]:\/)/, '')
    .replaceAll('\\', '/')
    .replace(/[?#].*$/, '');
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function isForeign(path: string): boolean {
  return path.includes('node_modules/') || /^(?:node:|internal\/|native$|<anonymous>|evalmachine)/.test(path);
}

function toName(callee: string | undefined): string {
  const name = (callee ?? '')
    .replace(/ \[as [^\]]{1,200}\]$/, '')
    .replace(/^(?:Object|Module|Function)\./, '')
    .replace(/\.?<anonymous>/g, '');
  return name === '' ? '(anonymous)' : name;
}

function toRelative(path: string, folder: string): string {
  const base = `${folder.replaceAll('\\', '/')}/`;
  const relative = path.startsWith(base)
    ? path.slice(base.length)
    : // Elsewhere, where a folder may be named for the release: the last part of the path is what stays.
      path.split('/').slice(-3).join('/');
  return relative.replace(BUILD_HASH, '-*');
}
