// Aggregates whose bytes are known, with the records that they are made of. V1 to V11 cover the corners of the
// format; K1 and K2 were recorded from a Kinesis Producer Library (python/test/test_agg.py of
// awslabs/kinesis-aggregation, read 2026-11-21).

/** One aggregate. Its bytes are given whole, or by their digest where they are many. */
export interface Vector {
  readonly id: string;
  readonly what: string;
  readonly records: readonly VectorRecord[];
  readonly byteLength: number;
  readonly bytes: { readonly hex: string } | { readonly sha256: string };
}

interface VectorRecord {
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
  readonly data: Uint8Array | string;
}

const V1_HEX = "f3899ac20a01610a01621a0508001a01781a0508011a0179b0031909ae75891ca94acec2ecce3125";

export const vectors: readonly Vector[] = [
  {
    id: "V1",
    what: "two records with a key each",
    records: [
      { partitionKey: "a", data: "x" },
      { partitionKey: "b", data: "y" },
    ],
    byteLength: 40,
    bytes: { hex: V1_HEX },
  },
  {
    id: "V2",
    what: "two records with one key",
    records: [
      { partitionKey: "user-1", data: "hello" },
      { partitionKey: "user-1", data: "world" },
    ],
    byteLength: 50,
    bytes: {
      hex:
        "f3899ac20a06757365722d311a0908001a0568656c6c6f1a0908001a05776f726c64" +
        "17777796b6bc31e31bfe6909756e89ff",
    },
  },
  {
    id: "V3",
    what: "records with and without an explicit hash key, the largest among them",
    records: [
      { partitionKey: "k1", data: "one" },
      { partitionKey: "k1", explicitHashKey: "0", data: "two" },
      {
        partitionKey: "k2",
        explicitHashKey: "340282366920938463463374607431768211455",
        data: "three",
      },
      { partitionKey: "k2", explicitHashKey: "0", data: "four" },
    ],
    byteLength: 117,
    bytes: {
      hex:
        "f3899ac20a026b310a026b321201301227333430323832333636393230393338343633343633333734363037" +
        "3433313736383231313435351a0708001a036f6e651a09080010001a0374776f1a0b080110011a0574687265" +
        "651a0a080110001a04666f7572cc335f70073c18d1dc6f74b2dcd9413b",
    },
  },
  {
    id: "V4",
    what: "empty data",
    records: [
      { partitionKey: "k", data: "" },
      { partitionKey: "k", data: new Uint8Array(0) },
    ],
    byteLength: 35,
    bytes: { hex: "f3899ac20a016b1a0408001a001a0408001a00ac79742493b272b76b937630e9561158" },
  },
  {
    id: "V5",
    what: "keys and data beyond ASCII, and data that is no text",
    records: [
      { partitionKey: "ключ", data: "☃" },
      { partitionKey: "🔑", data: Uint8Array.of(0x00, 0xff) },
    ],
    byteLength: 53,
    bytes: {
      hex:
        "f3899ac20a08d0bad0bbd18ed1870a04f09f94911a0708001a03e298831a0608011a0200ff" +
        "190d4aa0a35f998b339bef09ba8ef33b",
    },
  },
  {
    id: "V6",
    what: "an aggregate of one record",
    records: [{ partitionKey: "k", data: "v" }],
    byteLength: 30,
    bytes: { hex: "f3899ac20a016b1a0508001a0176af432b94f7591d2072f4e0b7ea0faac2" },
  },
  {
    id: "V7",
    what: "more keys than an index of one byte can name",
    records: Array.from({ length: 130 }, (_, i) => ({
      partitionKey: `p${i}`,
      data: Uint8Array.of(i),
    })),
    byteLength: 1602,
    bytes: { sha256: "0bfe23d9a70e5b3444f39719a8b1d2133bee5f697fbca49049eb9bb0c513d234" },
  },
  {
    id: "V8",
    what: "data on both sides of each step in the size of its length",
    records: [
      { partitionKey: "L", data: "a".repeat(127) },
      { partitionKey: "L", data: "b".repeat(128) },
      { partitionKey: "L", data: "c".repeat(16_383) },
      { partitionKey: "L", data: "d".repeat(16_384) },
    ],
    byteLength: 33_079,
    bytes: { sha256: "c0df0a4f4958e88083f0670daf6d45d2e2a9278b56351a5806bd902f8d43f9e2" },
  },
  {
    id: "V9",
    what: "a key of 256 characters in 512 bytes",
    records: [
      { partitionKey: "я".repeat(256), data: "a" },
      { partitionKey: "я".repeat(256), data: "b" },
    ],
    byteLength: 549,
    bytes: { sha256: "7c6eb15b797447ab38a5e48b5dab64a24a14cae05630ec7555c7b456f8f70425" },
  },
  {
    id: "V10",
    what: "keys that an object would sort or swallow",
    records: [
      { partitionKey: "10", data: "A" },
      { partitionKey: "9", data: "B" },
      { partitionKey: "__proto__", data: "C" },
      { partitionKey: "10", data: "D" },
    ],
    byteLength: 66,
    bytes: {
      hex:
        "f3899ac20a0231300a01390a095f5f70726f746f5f5f1a0508001a01411a0508011a0142" +
        "1a0508021a01431a0508001a0144ebdb6e8029b4b69d9ac0aec4f1daeb44",
    },
  },
  {
    id: "V11",
    what: "a record whose data is an aggregate",
    records: [{ partitionKey: "k", data: Buffer.from(V1_HEX, "hex") }],
    byteLength: 69,
    bytes: {
      hex: `f3899ac20a016b1a2c08001a28${V1_HEX}223daeb51ad64eca6f1af17981dcf5f9`,
    },
  },
  {
    id: "K1",
    what: "four records with explicit hash keys, from a Kinesis Producer Library",
    records: [
      {
        partitionKey: "fc03dd88-3e79-448a-b01a-7cf1bd47b784",
        explicitHashKey: "38486495867508399078159723846051807020",
        data: "RECORD 22 peeobhczbzdmskboupgyq\n",
      },
      {
        partitionKey: "cae41b1c-ea61-43f2-90be-b8755ebf88e2",
        explicitHashKey: "193787600037681706952143357071916352604",
        data: "RECORD 23 uswkxftxroeusscxsjhno\n",
      },
      {
        partitionKey: "d490690c-e74d-4db2-a3c8-d8f2f184fd23",
        explicitHashKey: "266880436964932424265466916734068684439",
        data: "RECORD 24 casehdgivfaxeustlyszy\n",
      },
      {
        partitionKey: "c924bc09-b85e-47f1-b32e-336522ee53c8",
        explicitHashKey: "339606600942967391854603552402021847292",
        data: "RECORD 25 nvffvpmuogdopjhamevrk\n",
      },
    ],
    byteLength: 495,
    bytes: {
      hex:
        "f3899ac20a2466633033646438382d336537392d343438612d623031612d3763663162643437623738340a24" +
        "63616534316231632d656136312d343366322d393062652d6238373535656266383865320a24643439303639" +
        "30632d653734642d346462322d613363382d6438663266313834666432330a2463393234626330392d623835" +
        "652d343766312d623332652d3333363532326565353363381226333834383634393538363735303833393930" +
        "3738313539373233383436303531383037303230122731393337383736303030333736383137303639353231" +
        "3433333537303731393136333532363034122732363638383034333639363439333234323432363534363639" +
        "3136373334303638363834343339122733333936303636303039343239363733393138353436303335353234" +
        "30323032313834373239321a26080010001a205245434f5244203232207065656f6268637a627a646d736b62" +
        "6f75706779710a1a26080110011a205245434f5244203233207573776b78667478726f657573736378736a68" +
        "6e6f0a1a26080210021a205245434f524420323420636173656864676976666178657573746c79737a790a1a" +
        "26080310031a205245434f5244203235206e76666676706d756f67646f706a68616d6576726b0a51c153d0de" +
        "0a34ca9e18ea4bccd2add5",
    },
  },
  {
    id: "K2",
    what: "eight records without, from a Kinesis Producer Library",
    records: [
      {
        partitionKey: "78feb12a-dba0-45ca-a91e-bb1f2f1819b4",
        data: "RECORD 18 iklrpsvyhxnerodfeheru\n",
      },
      {
        partitionKey: "c2a75787-469b-4310-840d-d486dca7eb5e",
        data: "RECORD 19 lnmnudyhvpvcgrokfmzdh\n",
      },
      {
        partitionKey: "650e9362-572b-4427-b3fc-13549d7e5ae5",
        data: "RECORD 20 pjqrcfbxafzdndzmbgane\n",
      },
      {
        partitionKey: "1d8d9600-00b7-46f3-a983-de83477540c0",
        data: "RECORD 21 aafreyrntwuwxliygkbhk\n",
      },
      {
        partitionKey: "f2e718a0-389b-494a-b796-3355b07569cc",
        data: "RECORD 22 qsaadhbsgmvqgdifguyou\n",
      },
      {
        partitionKey: "965b8da4-a6bd-4755-81c9-e7181ab7dc9a",
        data: "RECORD 23 wjokoiwvzzhlftlzhqfjk\n",
      },
      {
        partitionKey: "d693c5f0-5772-46c9-8d86-08c7055bdb75",
        data: "RECORD 24 zopcascrthbbpnjiwuhjb\n",
      },
      {
        partitionKey: "8d92476b-eb89-4e81-99fb-c2ba63ad6d90",
        data: "RECORD 25 txbbvnozrwsboxuomqboq\n",
      },
    ],
    byteLength: 628,
    bytes: {
      hex:
        "f3899ac20a2437386665623132612d646261302d343563612d613931652d6262316632663138313962340a24" +
        "63326137353738372d343639622d343331302d383430642d6434383664636137656235650a24363530653933" +
        "36322d353732622d343432372d623366632d3133353439643765356165350a2431643864393630302d303062" +
        "372d343666332d613938332d6465383334373735343063300a2466326537313861302d333839622d34393461" +
        "2d623739362d3333353562303735363963630a2439363562386461342d613662642d343735352d383163392d" +
        "6537313831616237646339610a2464363933633566302d353737322d343663392d386438362d303863373035" +
        "3562646237350a2438643932343736622d656238392d346538312d393966622d633262613633616436643930" +
        "1a2408001a205245434f524420313820696b6c727073767968786e65726f646665686572750a1a2408011a20" +
        "5245434f5244203139206c6e6d6e756479687670766367726f6b666d7a64680a1a2408021a205245434f5244" +
        "20323020706a71726366627861667a646e647a6d6267616e650a1a2408031a205245434f5244203231206161" +
        "66726579726e74777577786c6979676b62686b0a1a2408041a205245434f5244203232207173616164686273" +
        "676d7671676469666775796f750a1a2408051a205245434f524420323320776a6f6b6f6977767a7a686c6674" +
        "6c7a6871666a6b0a1a2408061a205245434f5244203234207a6f70636173637274686262706e6a697775686a" +
        "620a1a2408071a205245434f52442032352074786262766e6f7a727773626f78756f6d71626f710abd5d6bac" +
        "b754f92cb6bfcc64819e5868",
    },
  },
];
