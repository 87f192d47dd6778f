/** An order as the order service answers it. */
export interface Order {
  id: string;
  status: string;
}

/** Calls the order service. Trace and correlation ID go along by themselves, as it is on a private address. */
export function createOrdersClient(baseUrl: string) {
  const call = async (path: string, init?: RequestInit): Promise<Order> => {
    const response = await fetch(`${baseUrl}${path}`, {
      ...init,
      headers: { 'content-type': 'application/json' },
    });
    if (!response.ok) {
      throw Object.assign(new Error(`orders answered ${response.status}`), {
        status: response.status === 404 ? 404 : 502,
      });
    }
    return (await response.json()) as Order;
  };
  return {
    place: (sku: string, quantity: number) =>
      call('/orders', { method: 'POST', body: JSON.stringify({ sku, quantity }) }),
    find: (id: string) => call(`/orders/${encodeURIComponent(id)}`),
  };
}
