# One makefile, no recursion into folders.  "make ci" is what to run before a push.
PREFIX  ?= /usr/local
BUILD   ?= build
CFLAGS  ?= -O2 -g
WERROR  ?=
JOBS    ?= $(shell nproc)
PKGS     = sqlite3 zlib libzstd libcrypto libxxhash jansson
# Few runs call these, so they are loaded when one does: core/base/library.h.
LOADED   = gmime-3.0 libarchive libqrencode libssh libcurl
STD      = -std=c11 -D_GNU_SOURCE -I. -pthread
WARN     = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wformat=2 -Wundef -Wvla -Wwrite-strings -Wpointer-arith $(WERROR)
INCS    := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I $(PKGS) $(LOADED) 2>/dev/null))
LIBS    := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -pthread
SAN      = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all -fsanitize=address,undefined

LIB     := $(sort $(wildcard core/*/*.c backends/*.c backends/*/*.c))
CMD     := $(sort $(wildcard cmd/*.c))
UNIT    := $(sort $(wildcard tests/unit/*_test.c))
FUZZ    := $(sort $(wildcard tests/fuzz/*_fuzz.c))
CLI     := $(sort $(wildcard tests/cli/*.t))
HEADERS := $(sort $(wildcard cmd/*.h core/*/*.h backends/*.h backends/*/*.h tests/*.h))
OBJ      = $(patsubst %.c,$(BUILD)/%.o,$(1))
TESTBIN  = $(UNIT:%.c=$(BUILD)/%)
REPLAY   = $(FUZZ:%.c=$(BUILD)/%)

all: $(BUILD)/mailcask

$(BUILD)/libmailcask.a: $(call OBJ,$(LIB))
	rm -f $@; $(AR) rcs $@ $^
$(BUILD)/mailcask: $(call OBJ,$(CMD)) $(BUILD)/libmailcask.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$(TESTBIN): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/tests/t.o $(BUILD)/libmailcask.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$(REPLAY): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/tests/fuzz/replay.o $(BUILD)/libmailcask.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(INCS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# These two do all of their own set-up, so what is found out about the machine
# above is found out again once the packages are there.
demo:
	@packaging/install-build-deps
	@$(MAKE) -s -j$(JOBS) all
	@tests/demo.sh $(BUILD)/mailcask
check:
	packaging/install-build-deps --with-tests
	$(MAKE) -j$(JOBS) lint tests
tests: all $(TESTBIN) $(REPLAY)
	MAILCASK=$(abspath $(BUILD))/mailcask tests/run.sh $(BUILD) $(TESTBIN) $(CLI) $(REPLAY)
# Without the option, looking for leaks now and then ends with a fault of its own
# where libraries were loaded by the program (their thread-local data).
asan:
	ASAN_OPTIONS=$(ASAN_OPTIONS):intercept_tls_get_addr=0 $(MAKE) -j$(JOBS) BUILD=$(BUILD)/asan CFLAGS="$(SAN)" tests
cover:
	$(MAKE) -j$(JOBS) BUILD=$(BUILD)/cover CFLAGS="-O0 -g --coverage" tests
	gcov -n $(LIB:%.c=$(BUILD)/cover/%.gcda) $(CMD:%.c=$(BUILD)/cover/%.gcda) | awk -f tests/cover.awk
fuzz: # make fuzz T=header S=60
	@mkdir -p $(BUILD)/fuzz/$(T)
	clang $(STD) $(INCS) $(SAN),fuzzer -o $(BUILD)/fuzz/$(T)_fuzz tests/fuzz/$(T)_fuzz.c $(LIB) $(LIBS)
	$(BUILD)/fuzz/$(T)_fuzz -max_total_time=$(or $(S),60) $(wildcard tests/fuzz/$(T).dict:%=-dict=%) \
	    $(BUILD)/fuzz/$(T) $(wildcard tests/fuzz/corpus/$(T))
crash: all
	MAILCASK=$(BUILD)/mailcask tests/crash/crash.sh
bench: all
	tests/bench/bench.py $(BUILD)/mailcask $(BENCH)
clients: all
	tests/clients/install.sh
	MAILCASK=$(abspath $(BUILD))/mailcask tests/clients/run.py $(CLIENTS)
headers: $(HEADERS:%=$(BUILD)/%.ok)
$(BUILD)/%.h.ok: %.h
	@mkdir -p $(@D)
	@echo '#include "$<"' | $(CC) $(STD) $(WARN) $(INCS) -fsyntax-only -x c - && touch $@
lint: headers
	tests/layers.sh
	tests/banned.sh
ci:
	packaging/install-build-deps --with-tests
	$(MAKE) -j$(JOBS) BUILD=$(BUILD)/clang CC=clang WERROR=-Werror lint tests
	$(MAKE) -j$(JOBS) BUILD=$(BUILD)/gcc CC=gcc WERROR=-Werror lint tests
	$(MAKE) WERROR=-Werror asan

install: all
	install -Dm755 $(BUILD)/mailcask $(DESTDIR)$(PREFIX)/bin/mailcask
	install -Dm644 packaging/mailcask.1 $(DESTDIR)$(PREFIX)/share/man/man1/mailcask.1
	install -Dm644 packaging/completions/mailcask.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/mailcask
	install -Dm644 packaging/completions/_mailcask $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_mailcask
	install -Dm644 packaging/completions/mailcask.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/mailcask.fish
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/doc/mailcask README.md core/archive/FORMAT.md packaging/cron/mailcask.crontab
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/user
	for unit in packaging/systemd/*; do sed 's|/usr/bin/mailcask|$(PREFIX)/bin/mailcask|' $$unit >$(DESTDIR)$(PREFIX)/lib/systemd/user/$${unit##*/} || exit 1; done
clean:
	rm -rf build

-include $(patsubst %.c,$(BUILD)/%.d,$(LIB) $(CMD) $(UNIT) $(FUZZ) tests/t.c tests/fuzz/replay.c)
.PHONY: all demo check tests asan cover fuzz crash bench clients headers lint ci install clean
