/* SPDX-License-Identifier: MIT */
#include "core/archive/writer.h"

#include "core/base/limits.h"

/*
 * Content-defined cutting with the gear hash and the normalisation of FastCDC
 * (Xia et al., USENIX ATC 2016): before the average length a cut needs two
 * more zero bits than after it, so that lengths gather around the average.
 * A bit of the hash depends on the last 64 bytes at most; the high ones, which
 * are looked at here, on all of them.
 */
#define WINDOW 64
#define AVERAGE_BITS 20                 /* of CHUNK_AVERAGE */
#define HIGH_BITS(n) (~(uint64_t)0 << (64 - (n)))
#define MASK_BEFORE HIGH_BITS(AVERAGE_BITS + 1)
#define MASK_AFTER HIGH_BITS(AVERAGE_BITS - 1)

/* The first eight bytes of the SHA-256 of "mailcask gear " and the byte. */
static const uint64_t gear[256] = {
	0x297fad9c40eac680, 0x6b33c82dad860b50, 0x1f89a627851b153c, 0xdfad576d9a9b5a0b,
	0xc6640d979864fe84, 0xe2aa71c15ea980d2, 0x53eb38db7f3876a7, 0xebb7cfc1014c78e7,
	0x6a33b99fc24a6800, 0x1fe892d602c858aa, 0x3c96f78b24bd909b, 0x50e07cb375f8a177,
	0xb29cd77be42baa0d, 0x74f5ee64b148ce07, 0x1a06a32988793bc3, 0xbed35c9a48958032,
	0xcdbb42f93938d19f, 0xd4c7e79157f5a4d3, 0x4cbb09252afa8d6d, 0xa146b3a160bf8b4c,
	0x6137d61148e975f0, 0x54314114264cd9d8, 0x93495a6e7867f4a8, 0x531afc6cb3a3b926,
	0xd4d95e338c81ef27, 0xb46a85ea915f9774, 0xb689e0d8678503f7, 0xdedb586fa8ebf958,
	0x88c54785b1844465, 0x4112460beb74d4bb, 0x09d9be27c214e027, 0xda53fbd9b46fb7aa,
	0x34004c001a08490b, 0x2e7b32e6974caea7, 0x5a21eca5860d78d8, 0x4ebc61ef5e351ec6,
	0xacf618e0998c77d2, 0x2b4c56ee09f78f2b, 0xcc4eb11f876cbca0, 0xaec108a82721ae4d,
	0x9bb782ae617a2c9c, 0x68a9343af646e69f, 0xf6c1c43f2a3ab653, 0xe32a26778a5d77ea,
	0x526c66db95bae782, 0xcb6c08f8944947b5, 0x57c28a5fab8f9632, 0x0c8f60dafc1a1ec5,
	0x9db17b5b97297bcc, 0x8642d68d0bdaa0d9, 0xeca513e95b0d8f73, 0xdaa862f6e1a8a258,
	0x923e93922f589ac3, 0x205b67ba081f013b, 0x4a49b59c74f69778, 0xf56dccd482979ac3,
	0x688084598bd9774f, 0xb24392cac1eb6c04, 0xd7f55c22f460ccf8, 0x6d7a64d654576a61,
	0x8bfeee823b974502, 0xbdf2e9a164648596, 0x5c556e307261f1c2, 0xb22ed2e77580df6e,
	0xcb1b1fa890a59805, 0xe6434af6265b16e5, 0x3737d31e4bc4598f, 0x31bfe5e590a07531,
	0xad7ba5ecf58a16c2, 0xf6023ca4d0fa59f5, 0x36e1710ea411ad9c, 0xb38e09d95cde3c7f,
	0x404027d5b6d12fec, 0x7782c95fad25282c, 0x895f1856886bda8f, 0xa65b4823bd4a6c86,
	0xbd04c7204d2f0d8e, 0xff7fdbb8d9f23299, 0x044d4ddac839fbbb, 0x4038ad6ab6ece063,
	0xf4f349fba485f5da, 0xff7955bc5871b91f, 0x97964e6e8b4591c9, 0xa8d379b702ebddce,
	0xc89f9b307bc69eeb, 0x2bca88dd23afefa1, 0x1e52f4a5fd003016, 0xd9f2a7d72f7b9543,
	0xdde7c95f5ab96f81, 0x5115a943a011324d, 0x684aef60e0c9f75b, 0x9901fe29482b19bb,
	0x0866f88e22cb2e89, 0x4cfcbe6f700a2b97, 0x08dde975d7f2070f, 0xb663637b887c1286,
	0xb8d9ed742dda2363, 0x04fdbef054058804, 0x2a72d88463c1e8be, 0x786b9211bf4bf11f,
	0x245195254c0e3977, 0xfde17d6c25d86cff, 0x9e6ddbd5d81b97c7, 0x4cbea330e5d95fad,
	0x70a918b42b83dd59, 0xa488b71d7e1b1ca4, 0xc17eb05c8458668b, 0xdc5be8336d786f8f,
	0xda1ddc36abf914dd, 0xf2bb748e213efe83, 0xdeb59a48d3bb6100, 0x1cb701174d36eb07,
	0xc9c4b26bbff029f1, 0x0c6007ddae812f1a, 0x36ab7c782b7dfa96, 0x56a31f8ce56df971,
	0xa7fc885dd14c5066, 0x38245c99100ea012, 0x22c745ca1cc9ebaa, 0x806e787a4ac71bd5,
	0xf010d93726e0d5c7, 0x1bfb5d3a17ad6f14, 0x534a1fe15afe81a2, 0x7b871807a27d0092,
	0x262ef52ce9f9f922, 0xe9b5e812d87d1912, 0xa2fb5d51997425ce, 0xa2a075f44e2ed64f,
	0x075880bfb51bb8eb, 0x3ca616c529a64055, 0xd403f8c5587dee82, 0xc4c3b8a1d65144ed,
	0x54fdc7ba25701efa, 0xc1d0db1cb7e47ba9, 0xe51a94bd591aa353, 0x3baf9ae57b1b9211,
	0x9208073e1c9b47d2, 0x708e108d3743cdb7, 0xbd33739c3896e026, 0x19cca3eeb18cf9c4,
	0xe7b742a44ad8c36c, 0x36286f2ef2bdf64f, 0x0157c6f1d59e244e, 0xbd31e00cc9363932,
	0xce7360b1c5c1ddc3, 0x16b8317aacfb92ac, 0x6e5fde753cee15ef, 0x2be3bfec0aea88e4,
	0x02b04a2ca7a4b8e4, 0x694814776b726b64, 0xdc9e79aafa35b18b, 0x1dcac874216bf5e4,
	0x718a40b082233280, 0x306166fef08ddd55, 0x457e04125362270f, 0xc755672137786fe3,
	0x7637413d0e6ece8e, 0x605efc18480f6c15, 0xf7c684167eee80b1, 0x052f3210277fbbe3,
	0x725f2e8a9bfe3985, 0x8f9ed1450e7074dd, 0xb0dc9c3f20e0faf8, 0xcd0cc3ed6b3e0a53,
	0x1cde8c7c7cae1d4a, 0x6cd5a1061f7f2f0a, 0xc37fd2122bce5a4e, 0x39d660759d99a1ee,
	0x804bc3cf848debe1, 0xd0f0c084a8d00e02, 0xf1490dd7f5539605, 0x7aa509eb49a4f8d8,
	0xf4155f1f050b08e3, 0xc385e2e333670941, 0x5d325a328861c972, 0x33aeca227e736901,
	0xf52665c6de9e782c, 0x28c1998609134641, 0xce18d861b532b00b, 0x46f8020f268f1c65,
	0xb18400fec4956b59, 0xa6ba8fca451fdfa9, 0xa775edd899d961da, 0xbdbd1c3fb6b77d0a,
	0x2da1ede4cd2e0339, 0x640e2580b02f6326, 0x208ebfa73bcbc50e, 0x747d0eaa9e15ca84,
	0xb8a734a284a11743, 0xd3fa2b71b94f7d28, 0x5648a1b006d98893, 0xb98058d4878206a6,
	0xcac39a62f179900a, 0x13a8e836a25fa24a, 0xd3ff9da749910701, 0x2e9a80c75fb79aff,
	0xaf52994e7d574fef, 0x8a43a4e5a8926f7e, 0x3ec7911629833acb, 0x085dfac3742b6b3b,
	0xc0594f59811ca991, 0x9b18feadf9a30cca, 0x223acc8469f60b7e, 0x9278a76b36bed86c,
	0x461b502bf836e221, 0xd9ad9ab4dacd1052, 0x08474daedf756b97, 0xf5387362a2780864,
	0xdfcf00d18d7f53e8, 0x1381a2dd1719ff81, 0xbc27d7c9685257fd, 0x9246667f4106f3f6,
	0x190d98ad55da210e, 0x5348025bb7db8860, 0xe01d0cd43fea59eb, 0xf8f7c84e92631ea3,
	0x333928e50a191187, 0xb208a52175da302d, 0xa63e848a537b226b, 0x68f5a9b746289897,
	0x78ebbc0334bd28f9, 0xd1a0b5bfbf8bbc1d, 0xc10981cc17839dc0, 0x12f8e23f28391462,
	0xea6e598e307ea058, 0xc4abc93201b1d2d4, 0x951f660c31369f85, 0x9239ab78351757b6,
	0xfd185314053e0f3a, 0x2b332a3fe0c4c362, 0x1be88736baba97f1, 0xaca7582a72b57715,
	0x5a8005de30356c22, 0xe0169bc0731a8758, 0x3d088082acc63cf3, 0x6a0b8bc74867031f,
	0x8f536d523d6ecf7a, 0x5605c9f5bdd613d1, 0xe60a380ec7f25fca, 0x8e92769692374180,
	0x0985a75ebad69e28, 0x81d2aecd02f7bbdb, 0x6246f2ca484d8c1b, 0xaf43cdfbc444a5e5,
	0x005ed8d0219128c4, 0x6ccecc4b9ab1dd0c, 0xbf4b29f763274808, 0x60166b701a349175,
	0x521ddd6405dfa446, 0xc053d35578f0aedc, 0xddccc00bcc06f4c4, 0x0b37ad1221d1fbc0,
	0x3bd01b5b77db7fa9, 0x442b504ad012de84, 0x9f0af07e42dc58b2, 0xa8d22fbcd6c11ffc,
};

/* The first place from at on, before end, where the hash has zeros under mask;
 * end where there is none. */
static size_t
scan(struct slice s, size_t at, size_t end, uint64_t mask, uint64_t *hash)
{
	uint64_t h = *hash;

	for (; at < end; at++) {
		h = (h << 1) + gear[s.p[at]];
		if ((h & mask) == 0)
			return at + 1;
	}
	*hash = h;
	return end + 1;
}

size_t
chunk_cut(struct slice window)
{
	size_t end = window.n < CHUNK_MAX ? window.n : CHUNK_MAX, average, cut;
	uint64_t hash = 0;

	if (end <= CHUNK_MIN)
		return end;
	average = end < CHUNK_AVERAGE ? end : CHUNK_AVERAGE;
	scan(window, CHUNK_MIN - WINDOW, CHUNK_MIN, 0, &hash);
	cut = scan(window, CHUNK_MIN, average, MASK_BEFORE, &hash);
	if (cut > average)
		cut = scan(window, average, end, MASK_AFTER, &hash);
	return cut > end ? end : cut;
}

/* Fill buf up to two chunks of the longest kind; *more turns false at the end. */
static int
fill(struct chunk_source *source, struct buf *b, bool *more, struct error *err)
{
	const size_t want = 2 * (size_t)CHUNK_MAX;
	int64_t got;

	buf_reserve(b, want - b->n);
	while (*more && b->n < want) {
		got = source->read(source, b->p + b->n, want - b->n, err);
		if (got < 0)
			return -1;
		*more = got > 0;
		buf_extend(b, (size_t)got);
	}
	return 0;
}

static struct digest *
digests_push(struct digests *d)
{
	d->items = vec_grow(d->items, &d->cap, d->n, sizeof(*d->items));
	return &d->items[d->n++];
}

int
archive_writer_add_chunks(struct archive_writer *w, struct chunk_source *source,
    struct digests *ids, uint64_t *size, struct error *err)
{
	struct buf b = BUF_EMPTY;
	struct slice rest, chunk;
	struct digest *id;
	bool more = true;
	int rc = -1;

	*size = 0;
	do {
		if (fill(source, &b, &more, err) < 0)
			goto out;
		for (rest = buf_slice(&b); rest.n >= CHUNK_MAX || (!more && rest.n > 0);
		    rest = slice_from(rest, chunk.n)) {
			chunk = slice_sub(rest, 0, chunk_cut(rest));
			id = digests_push(ids);
			digest_of(chunk, id);
			*size += chunk.n;
			if (archive_writer_add(w, OBJECT_CHUNK, false, id, chunk, SLICE_EMPTY,
			    err) < 0)
				goto out;
		}
		if (rest.n > 0)
			memmove(b.p, rest.p, rest.n);
		buf_truncate(&b, rest.n);
	} while (more);
	rc = 0;

out:
	buf_free(&b);
	return rc;
}
