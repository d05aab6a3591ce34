/* SPDX-License-Identifier: MIT */
#include "backends/formats/formats.h"
#include "tests/unit/boxkit.h"

#define FROM "From ???@??? Mon Nov 23 11:43:24 2026\r\n"        /* 39 bytes */
#define MAIL "Subject: x\r\n\r\ntext\r\n"
#define ODD "Subject: y\r\n\r\n\r\nFrom ann Mon Nov 23 11:43:24 2026\r\ntext\r\n"

static void
add_windows_entry(uint32_t at, uint32_t length, uint16_t state)
{
	size_t start = box.n;

	box_le(at, 4);
	box_le(length, 4);
	box_le(0, 4);
	box_le(state, 2);
	while (box.n - start < 218)
		buf_add_byte(&box, 0);
}

static void
write_windows_toc(const char *relative, const uint16_t *states, size_t n)
{
	size_t i;

	box_le(0x30, 2);
	box_le(0, 102);
	for (i = 0; i < n; i++)
		add_windows_entry((uint32_t)(59 * i), 59, states[i]);
	box_write(relative);
}

/* The states of a message that was received, and of one that is written. */
static void
states_of_windows(void)
{
	static const uint16_t states[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		buf_add_string(&box, FROM MAIL);
	box_write("w/In.mbx");
	write_windows_toc("w/in.toc", states, sizeof(states) / sizeof(states[0]));
	T(kit_open(&format_eudora, "w", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "In", "its name");
	T_SAME(kit_kept(), "in.toc", "its index");
	T_SAME(kit_told(), "M59 39-0\nM59 39-0 seen\nM59 39-0 seen answered\n"
	    "M59 39-0 seen forwarded\nM59 39-0 seen forwarded\nM59 39-0\nM59 39-0 seen draft\n"
	    "M59 39-0 seen draft\nM59 39-0 seen\nM59 39-0 seen draft\nM59 39-0 seen draft\n", "states");
}

static void
what_the_index_lacks(void)
{
	static const uint16_t states[] = { 1 };

	kit_write("d/Out.mbx", FROM MAIL FROM MAIL FROM MAIL FROM MAIL);
	box_le(0x30, 2);
	box_le(0, 102);
	add_windows_entry(0, 59, 1);
	add_windows_entry(118, 59, 2);
	box_write("d/Out.toc");
	T(kit_open(&format_eudora, "d", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M59 39-0 seen\nM59 39-0 dead\nM59 39-0 seen answered\nM59 39-0\n",
	    "deleted, and new");
	/* Written for other bytes. */
	kit_write("d/Out.mbx", "x\r\n" FROM MAIL FROM MAIL);
	write_windows_toc("d/Out.toc", states, 1);
	T(kit_open(&format_eudora, "d", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "F3\nM59 39-0\nM59 39-0\n", "an index of another time");
	/* A separator of Eudora's alone separates. */
	kit_write("d/Out.mbx", FROM ODD FROM MAIL);
	T(kit_open(&format_eudora, "d", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M96 39-0 seen\nM59 39-0\n", "a From line in the text");
}

static void
directory_of_windows(void)
{
	kit_write("e/DESCMAP.PCE", "In,In.mbx,S,N\r\nKr\xe4ne,krne.mbx,M,Y\r\nBüro,Bro.fol,F,N\r\n"
	    "gone,gone.mbx,M,N\r\nbroken\r\n");
	kit_write("e/In.mbx", FROM MAIL);
	kit_write("e/krne.mbx", FROM MAIL);
	kit_write("e/Bro.fol/descmap.pce", "Rechnungen,rech.mbx,M,N\r\n");
	kit_write("e/Bro.fol/rech.mbx", FROM MAIL);
	kit_write("e/lost.mbx", FROM MAIL);
	kit_write("e/Imap/Ann/INBOX/INBOX.mbx", FROM MAIL);
	kit_write("e/Attach/letter.txt", "x");
	T(format_eudora.probe(kit_path("e"), &kit.err) == 93, "known");
	if (!T(kit_open(&format_eudora, "e", "plain"), "%s", kit.err.text))
		return;
	T_SAME(kit_names(), "In|Kräne|Büro/Rechnungen|Imap/Ann/INBOX/INBOX|lost", "names");
	T_SAME(kit_kept(), "DESCMAP.PCE|descmap.pce", "kept");
	T(format_eudora.probe(kit_path("e/lost.mbx"), &kit.err) == 93, "a file");
	T(kit_open(&format_eudora, "e/lost.mbx", "plain") && kit_read(0) == 0, "%s", kit.err.text);
	T_SAME(kit_names(), "lost", "by itself");
}

#define MAC_FROM "From ???@??? Mon Nov 23 11:43:24 2026\r"      /* 38 bytes */
#define MAC_MAIL "Subject: x\r\rtext\r"                         /* 17 bytes */

static void
add_mac_entry(uint32_t at, uint32_t length, uint8_t state)
{
	size_t start = box.n;

	box_be(at, 4);
	box_be(length, 4);
	box_be(at + 51, 4);
	box_be(state, 1);
	while (box.n - start < 220)
		buf_add_byte(&box, 0);
}

static void
directory_of_macintosh(void)
{
	static const uint8_t states[] = { 1, 2, 3, 4, 8, 9, 10 };
	size_t i, n = sizeof(states) / sizeof(states[0]);

	for (i = 0; i < n; i++)
		buf_add_string(&box, MAC_FROM MAC_MAIL);
	box_write("Mail Folder/In");
	box_be(1, 2);
	box_be(0, 276);
	for (i = 0; i < n; i++)
		add_mac_entry((uint32_t)(55 * i), 55, states[i]);
	box_write("Mail Folder/In.toc");
	kit_write("Mail Folder/Clubs/Chess v.2", MAC_FROM MAC_MAIL);
	kit_write("Mail Folder/Icon\r", "x");
	T(format_eudora.probe(kit_path("Mail Folder"), &kit.err) == 87, "known");
	if (!T(kit_open(&format_eudora, "Mail Folder", "plain"), "%s", kit.err.text))
		return;
	T_SAME(kit_names(), "Clubs/Chess v.2|In", "names");
	T(kit_read(1) == 0, "%s", kit.err.text);
	T_SAME(kit_told(), "M55 38-0\nM55 38-0 seen\nM55 38-0 seen answered\n"
	    "M55 38-0 seen forwarded\nM55 38-0 seen forwarded\nM55 38-0 seen\n"
	    "M55 38-0 seen draft\n", "states");
}

int
main(void)
{
	states_of_windows();
	what_the_index_lacks();
	directory_of_windows();
	directory_of_macintosh();
	return box_done();
}
