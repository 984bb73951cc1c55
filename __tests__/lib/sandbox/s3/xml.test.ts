import { AwsError } from '../../../../lib/sandbox/http/aws-error';
import { readXml, textOf, writeXml, xmlElement } from '../../../../lib/sandbox/s3/xml';

function refusalOf(body: string | Buffer): string {
  try {
    readXml(Buffer.from(body));
    return 'nothing';
  } catch (error) {
    return error instanceof AwsError ? error.code : 'another error';
  }
}

describe('readXml', () => {
  it.each<[written: string, text: string]>([
    ['007', '007'],
    ['1e3', '1e3'],
    ['true', 'true'],
    [' a\n ', ' a\n '],
    [' ', ' '],
    ['', ''],
    ['&amp;lt;&#60;&#x3C;&quot;&apos;&gt;', '&lt;<<"\'>'],
    ['a&#xD;&#10;b', 'a\r\nb'],
    ['<![CDATA[a&amp;<b>]]>c', 'a&amp;<b>c'],
    ['a<!-- b -->c', 'ac'],
    ['&#x1F600;', '😀'],
    ['\ufeffa', '\ufeffa'],
  ])('reads %j as it was meant', (written, text) => {
    const root = readXml(Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<A xmlns="u">\n <Key>${written}</Key>\n</A>\n`));
    expect(textOf(root, 'Key')).toBe(text);
  });

  it.each<[what: string, body: string | Buffer]>([
    ['nothing', ''],
    ['no XML', 'hello'],
    ['JSON', '{"a":1}'],
    ['an open element', '<A><B></A>'],
    ['two roots', '<A/><B/>'],
    ['text beside elements', '<A>b<C/></A>'],
    ['an unknown entity', '<A>&nbsp;</A>'],
    ['an entity without an end', '<A>&amp</A>'],
    ['a bare ampersand', '<A>a & b</A>'],
    ['a document type', '<!DOCTYPE A [<!ENTITY x "y">]><A>&x;</A>'],
    ['a document type that nothing uses', '<!DOCTYPE A><A/>'],
    ['a NUL by number', '<A>&#0;</A>'],
    ['a surrogate by number', '<A>&#xD800;</A>'],
    ['more than Unicode has', '<A>&#x110000;</A>'],
    ['a control character', '<A>\u0001</A>'],
    ['what is no character', '<A>\uffff</A>'],
    ['another namespace', '<x:A xmlns:x="u"/>'],
    ['an instruction', '<A><?b c?></A>'],
    ['a name that is no name here', '<A><__proto__>b</__proto__></A>'],
    ['the constructor', '<constructor>b</constructor>'],
    ['no UTF-8', Buffer.from([0x3c, 0x41, 0x3e, 0xff, 0x3c, 0x2f, 0x41, 0x3e])],
    ['deep nesting', '<A>'.repeat(5000) + '</A>'.repeat(5000)],
    ['more than it reads', `<A>${' '.repeat(8 * 1024 ** 2)}</A>`],
  ])('refuses %s', (_what, body) => {
    expect(refusalOf(body)).toBe('MalformedXML');
  });
});

describe('writeXml', () => {
  it('writes by its number what XML cannot carry, as S3 does', () => {
    expect(writeXml(xmlElement('A', 'a\0\u0001\uffff<&')).toString()).toContain('>a&#x0;&#x1;&#xFFFF;&#x3C;&#x26;</A>');
  });

  it('fails to read a child that is there twice', () => {
    expect(() => textOf(readXml(Buffer.from('<A><B>1</B><B>2</B></A>')), 'B')).toThrow(AwsError);
  });
});
