/**
 * The path in the request line of an access log, of what stands behind the method and a blank: all up to the
 * last word, which is the protocol; all of it when it is one word.
 */
export function requestPath(target: string): string {
  let begin = 0;
  while (target[begin] === ' ') begin += 1;
  let end = target.length;
  while (end > begin && !/[\t-\r ]/.test(target.charAt(end - 1))) end -= 1;
  if (target[end - 1] !== ' ' || end <= begin) return target.slice(begin);
  while (target[end - 1] === ' ') end -= 1;
  return target.slice(begin, end);
}
