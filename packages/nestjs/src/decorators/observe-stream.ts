import { AsyncSubject, BehaviorSubject, isObservable, Observable, ReplaySubject, Subject } from 'rxjs';
import type { CallObserver } from './call-observer.ts';

/** Whether it is an observable to subscribe to; a subject is answered for others to push into, and stays itself. */
export function isStream(value: unknown): value is Observable<unknown> {
  return isObservable(value) && value.constructor !== Subject && !isSpecialSubject(value);
}

/** The call is over when the first subscription is: completed, failed or unsubscribed. */
export function observeStream(source: Observable<unknown>, observer: CallObserver): Observable<unknown> {
  return new Observable((subscriber) => {
    let last: unknown;
    const subscription = observer.run(() =>
      source.subscribe({
        next: (value) => {
          last = value;
          subscriber.next(value);
        },
        error: (error) => {
          observer.fail(error);
          subscriber.error(error);
        },
        complete: () => {
          observer.succeed(last);
          subscriber.complete();
        },
      }),
    );
    return () => {
      subscription.unsubscribe();
      observer.leave();
    };
  });
}

function isSpecialSubject(value: unknown): boolean {
  return value instanceof BehaviorSubject || value instanceof ReplaySubject || value instanceof AsyncSubject;
}
