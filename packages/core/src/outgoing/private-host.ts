// Names nobody outside can register: RFC 6761 (localhost), RFC 6762 (local), ICANN's reservation of internal, and the svc of
// Kubernetes' cluster DNS.
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|svc)$/;
// RFC 1122 (loopback) and RFC 1918. Not 169.254.0.0/16: the metadata services of clouds answer there.
const PRIVATE_IPV4 = /^(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
// ::1 and RFC 4193.
const PRIVATE_IPV6 = /^(?:::1|f[cd][0-9a-f]{2}:.*)$/;

/**
 * True for a host that is surely not on the public internet: loopback and private addresses, names without a dot (those of
 * Docker and Kubernetes) and names under `.localhost`, `.local`, `.internal` and `.svc`.
 *
 * @param hostname as `URL` writes it: lower case, IPv6 in brackets
 */
export function isPrivateHost(hostname: string): boolean {
  if (hostname.startsWith('[')) {
    return PRIVATE_IPV6.test(hostname.slice(1, -1));
  }
  if (IPV4.test(hostname)) {
    return PRIVATE_IPV4.test(hostname);
  }
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  return name !== '' && (!name.includes('.') || PRIVATE_NAME.test(name));
}
