/** The floor of the fan-out: the lines of each user go to a file of the user's own. */
import { openSync, writeSync } from 'node:fs';
import { lineBlocks } from './blocks.ts';
import { readTask, stay } from './task.ts';

interface UserFile {
  readonly file: number;
  text: string;
}

const writeCharacters = 64 * 1024;
const { input, folder } = readTask();
const users = new Map<string, UserFile>();
for (const lines of lineBlocks(input)) {
  for (const line of lines) {
    const record = JSON.parse(line);
    delete record.time;
    let user = users.get(record.user);
    if (user === undefined) {
      user = { file: openSync(`${folder}/out/${record.user}`, 'a'), text: '' };
      users.set(record.user, user);
    }
    user.text += `${JSON.stringify(record)}\n`;
    if (user.text.length > writeCharacters) flush(user);
  }
}
for (const user of users.values()) flush(user);
stay();

function flush(user: UserFile): void {
  writeSync(user.file, user.text);
  user.text = '';
}
