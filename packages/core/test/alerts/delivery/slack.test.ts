import { describe, expect, it } from 'vitest';
import { escapeMrkdwn, messageToSlack } from '../../../src/alerts/delivery/receivers/slack.ts';
import { sampleChange, sampleMessage } from './alert-samples.ts';

describe('a message for Slack', () => {
  it('has a header, a section for each alert, and a text for what shows no blocks', () => {
    const message = sampleMessage([sampleChange({ count: 2 })], () => 'https://shop.example.org/a?b=1&c=2');

    expect(messageToSlack(message)).toEqual({
      text: '[firing, error] Payments fail',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '[firing, error] Payments fail' } },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: [
              ':red_circle: *Firing (error): Payments fail*',
              'payment_failed, from shop: since 2026-11-28 11:57:26 UTC, seen 2 times.',
              'card declined',
              '<https://shop.example.org/a?b=1&amp;c=2|Open>  Trace: 4bf92f3577b34da6a3ce929d0e0e4736',
            ].join('\n'),
          },
        },
      ],
    });
  });

  it('mentions nobody and links nowhere, whatever an alert says', () => {
    const title = '<!channel> *bold* <https://evil.example.org|click> & <@U123>';

    const { text, blocks } = messageToSlack(sampleMessage([sampleChange({ title, message: title })]));

    const sections = blocks.filter(({ type }) => type === 'section').map((block) => block.text.text);
    expect([text, ...sections].join('\n')).not.toMatch(/<[!@#h]/);
    expect(sections.join('').match(/\*/g)).toHaveLength(4);
  });

  it.each([1, 48, 49, 50, 51, 500])(
    'keeps 50 blocks of 3,000 characters with %i alerts of the longest texts',
    (count) => {
      const long = '&<>'.repeat(30_000);
      const changes = Array.from({ length: count }, (_, index) =>
        sampleChange({ id: index + 1, title: long.slice(0, 512), message: long.slice(0, 65_536) }),
      );

      const { text, blocks } = messageToSlack(
        sampleMessage(changes, () => `https://shop.example.org/${'x'.repeat(1_900)}`),
      );

      expect(blocks.length).toBe(Math.min(count + 1, 50));
      for (const block of blocks) {
        expect(block.text.text.length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3_000);
        expect(block.type === 'section' && /&(?!amp;|lt;|gt;)/.test(block.text.text)).toBe(false);
      }
      expect(text.length).toBeLessThanOrEqual(3_000);
      expect(blocks.at(-1)?.text.text.startsWith('And ')).toBe(count >= 50);
      expect(count < 50 || blocks.at(-1)?.text.text === `And ${count - 48} more.`).toBe(true);
    },
  );

  it('escapes the three characters with a meaning', () => {
    expect(escapeMrkdwn('<a> & b')).toBe('&lt;a&gt; &amp; b');
  });
});
