/* SPDX-License-Identifier: MIT */
/* What an SFTP server answers. */
#include "backends/targets/sftpwire.h"
#include "tests/fuzz/fuzzkit.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sftp_attributes attributes;
	struct sftp_reply reply;
	struct error err;
	uint32_t n;

	if (sftp_parse(slice_of(data, size), &reply, &err) < 0) {
		assert(err.code == ERR_CORRUPT);
		return 0;
	}
	assert(reply.text.n <= size && reply.rest.n <= size);
	if (reply.type == SFTP_ATTRS)
		sftp_take_attributes(&reply.rest, &attributes);
	if (reply.type == SFTP_NAME) {
		for (n = cursor_be32(&reply.rest); n > 0 && !reply.rest.bad; n--) {
			assert(sftp_take_bytes(&reply.rest).n <= size);
			sftp_take_bytes(&reply.rest);
			sftp_take_attributes(&reply.rest, &attributes);
		}
	}
	assert(reply.rest.n <= size);
	return 0;
}
