/** From a question to the words that are worth looking for: those that every other memory has, too, only cost time. */

/** Of the languages that homes speak most with us, without accents, as the index has them. */
const FREQUENT = new Set(
  [
    'a an and are as at be been but by can did do does for from had has have how i if in is it its me my no not of on or',
    'our she so that the their them then there they this to us was we were what when where which who why will with you your he his her',
    'au aux avec ce ces cette dans de des du elle elles en est et eux il ils j je l la le les leur leurs lui ma mais me mes moi mon',
    'ne nos notre nous on ou par pas pour qu que qui sa se ses si son sont sur ta te tes toi ton tu un une vos votre vous y c d m n s t',
    'aber als am an auch auf aus bei das dass dem den der die ein eine einen er es fur hat ich im ist ja kein mit nicht noch nur oder',
    'sich sie sind so uber um und von war was wenn wer wie wir wird wo zu zum zur',
    'al como con cual cuando del donde el ella ellos era es esta este fue ha hay lo los las mas muy no nos o para pero por que se sin son su sus una uno y ya',
    'alla anche che chi ci coi col come con cosa cui da dal dei del della di e gli ha ho il io lo ma mi ne nei nel non o per piu quale quando quello questa questo se si sono suo tra un una uno',
  ]
    .join(' ')
    .split(' '),
);

/** A long question is about its long words. */
const MOST_WORDS = 16;

/** @returns words with a space between; all of them where none is rare */
export function searchWords(text: string): string {
  const words = [...new Set(wordsOf(text))];
  const rare = words.filter((word) => !FREQUENT.has(word));
  const chosen = rare.length > 0 ? rare : words;
  return chosen
    .sort((one, other) => other.length - one.length)
    .slice(0, MOST_WORDS)
    .join(' ');
}

/** As the analyzer cuts a text: runs of letters, runs of digits; lower case, without accents. */
function wordsOf(text: string): string[] {
  const folded = text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return folded.match(/\p{L}+|\p{N}+/gu) ?? [];
}
