"""Runs pip in this process for another platform, and says in JSON what it chose or why it could not.

Stock pip evaluates environment markers for the interpreter that runs it. This driver gives it the target's, lets named
projects come as source, builds those into wheels, and takes results and failures from pip's objects: nothing that pip
prints is read. pip's internals move between versions, so every name that is not needed for a right answer is looked up
with care, and the one that is (the markers) is tried out before use.

Reads a request from standard input, writes the answer to the file that the request names. Python 3.9 or newer.
"""

import contextlib
import errno
import json
import os
import pathlib
import sys

# The folder of this file holds nothing to import.
sys.path = [entry for entry in sys.path if os.path.abspath(entry or ".") != os.path.dirname(os.path.abspath(__file__))]

# The disk's fault, or that of the folder's permissions.
STORAGE_ERRORS = frozenset(getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "EFBIG") if hasattr(errno, name))

STORAGE_EXIT_CODE = 74

# Begins a line of the output that names a wheel at hand.
WHEEL_LINE = "layerbuild-wheel: "

# Of pip's options, by their names in its code: those that say where packages come from and how a build is done.
INHERITED_OPTIONS = (
    "index_url extra_index_urls no_index find_links trusted_hosts cert client_cert proxy no_proxy_env timeout retries resume_retries"
    " keyring_provider cache_dir pre release_control prefer_binary uploaded_prior_to refresh_package"
    " build_constraints build_isolation check_build_deps config_settings features_enabled"
).split()

DISTRIBUTION_SUFFIXES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar")


def adopt_settings(keys):
    """Makes the settings named in keys the only ones: config files are read here, once, and then switched off."""
    import configparser

    from pip._internal import configuration

    found = {}
    files = []
    explicit = os.environ.get("PIP_CONFIG_FILE")
    if explicit != os.devnull:
        by_kind = configuration.get_configuration_files()
        # These words are the same in every version; the class that held them went with pip 26.3.
        for kind in ("global", "user", "site"):
            files.extend(by_kind.get(kind, []))
        if explicit:
            files.append(explicit)
    sections = {"global": {}, "command": {}}
    for path in files:
        if not os.path.isfile(path):
            continue
        parser = configparser.RawConfigParser()
        try:
            with open(path, encoding="utf-8-sig", errors="replace") as file:
                parser.read_file(file)
        except (OSError, configparser.Error):
            continue
        for section, place in (("global", "global"), ("install", "command"), ("download", "command")):
            if parser.has_section(section):
                for key, value in parser.items(section):
                    sections[place][key.replace("_", "-").lower().lstrip("-")] = value
    for place in ("global", "command"):
        found.update(sections[place])
    for key in keys:
        variable = "PIP_" + key.upper().replace("-", "_")
        if key in found and not os.environ.get(variable):
            os.environ[variable] = found[key]
    # Of the features, only those are adopted that choose where certificates come from.
    trust = {"use-feature": {"truststore"}, "use-deprecated": {"legacy-certs"}}
    for key, allowed in trust.items():
        variable = "PIP_" + key.upper().replace("-", "_")
        words = (os.environ.get(variable) or found.get(key) or "").split()
        os.environ.pop(variable, None)
        kept = [word for word in words if word in allowed]
        if kept:
            os.environ[variable] = " ".join(kept)
    os.environ["PIP_CONFIG_FILE"] = os.devnull


def canonical(name):
    from pip._vendor.packaging.utils import canonicalize_name

    return str(canonicalize_name(name))


def without_credentials(url):
    from urllib.parse import urlsplit, urlunsplit

    scheme, plus, rest = url.partition("+") if url.split(":", 1)[0].count("+") else ("", "", url)
    parts = urlsplit(rest)
    netloc = parts.netloc.rpartition("@")[2]
    return scheme + plus + urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))


def use_markers(environment):
    from pip._vendor.packaging import markers

    markers.default_environment = lambda: dict(environment)
    for name, value in environment.items():
        if value and not markers.Marker("%s == '%s'" % (name, value)).evaluate():
            raise Unsupported("the marker %s cannot be set to %s" % (name, value))


class Unsupported(Exception):
    """This pip lacks what is needed."""


class Usage(Exception):
    """pip does not take the arguments that it was given."""


class UntrustedIndex(Exception):
    """An index that pip would pass over without a word."""

    def __init__(self, url):
        super().__init__(url)
        self.url = url


class NoPassword(Exception):
    """A server wants credentials, and nobody is there to type them."""


class Observer:
    """Sees what pip looks at and what it makes of it."""

    def __init__(self, request):
        self.allowed_source = frozenset(request["allowSdist"])
        self.files = {}
        self.unreachable = []
        self.answers = []
        self.requirements = None
        self.conflicts = []
        self.line = None
        self.output = []
        self.invalid = {}
        # Of the run that resolves: what a build must keep to.
        self.options = None
        self.finder = None
        self.build_constraints = []

    def allows_source(self, name):
        return "*" in self.allowed_source or name in self.allowed_source

    def install(self):
        from pip._internal import exceptions
        from pip._internal.commands import download
        from pip._internal.distributions import wheel
        from pip._internal.index import collector, package_finder
        from pip._internal.models import format_control
        from pip._internal.network import auth
        from pip._internal.req import constructors
        from pip._internal.resolution.resolvelib import candidates, factory, resolver

        observer = self

        # Formats are decided here, per project; options and requirement files have no say.
        def get_allowed_formats(control, name):
            return frozenset({"binary", "source"} if observer.allows_source(name) else {"binary"})

        format_control.FormatControl.get_allowed_formats = get_allowed_formats
        download.cmdoptions.check_dist_restriction = lambda *args, **kwargs: None

        evaluate_link = package_finder.LinkEvaluator.evaluate_link

        def observed_evaluate_link(evaluator, link):
            result = evaluate_link(evaluator, link)
            kind = getattr(result[0], "name", str(result[0]))
            # pip looks at every file of a folder for every project, and at formats before names.
            if kind != "different_project" and is_of(link.filename, canonical(evaluator.project_name)):
                project = observer.files.setdefault(canonical(evaluator.project_name), {})
                project[link.filename] = (link, kind, result[1])
            return result

        package_finder.LinkEvaluator.evaluate_link = observed_evaluate_link

        resolve = resolver.Resolver.resolve

        def observed_resolve(self, *args, **kwargs):
            observer.finder = getattr(getattr(self, "factory", None), "_finder", None)
            result = resolve(self, *args, **kwargs)
            observer.requirements = result
            return result

        resolver.Resolver.resolve = observed_resolve

        if hasattr(factory.Factory, "get_installation_error"):
            get_installation_error = factory.Factory.get_installation_error

            def observed_get_installation_error(self, e, constraints, *args, **kwargs):
                observer.note_conflict(e, constraints)
                return get_installation_error(self, e, constraints, *args, **kwargs)

            factory.Factory.get_installation_error = observed_get_installation_error

        if hasattr(collector, "_handle_get_simple_fail"):
            handle_fail = collector._handle_get_simple_fail

            def observed_handle_fail(link, reason, *args, **kwargs):
                status = getattr(getattr(reason, "response", None), "status_code", None)
                observer.unreachable.append(
                    {"url": without_credentials(link.url), "reason": str(reason).replace(link.url, without_credentials(link.url)), "status": status}
                )
                return handle_fail(link, reason, *args, **kwargs)

            collector._handle_get_simple_fail = observed_handle_fail

        # Which wheel pip could not make sense of: its errors do not always say.
        if hasattr(wheel, "get_wheel_distribution"):
            get_wheel_distribution = wheel.get_wheel_distribution

            def observed_get_wheel_distribution(file, *args, **kwargs):
                with observer.judging(os.path.basename(file.location)):
                    distribution = get_wheel_distribution(file, *args, **kwargs)
                if os.path.isabs(file.location):
                    # Who started this may look at the wheel while pip goes on. On a line of its own, whatever was printed before.
                    print("\n" + WHEEL_LINE + json.dumps(file.location), flush=True)
                return distribution

            wheel.get_wheel_distribution = observed_get_wheel_distribution

        candidate = getattr(candidates, "_InstallRequirementBackedCandidate", None)
        if hasattr(candidate, "_check_metadata_consistency"):
            check = candidate._check_metadata_consistency

            def observed_check(self, *args, **kwargs):
                with observer.judging(self.source_link.filename):
                    result = check(self, *args, **kwargs)
                    check_requirements(self, args[0] if args else kwargs.get("dist"))
                    return result

            candidate._check_metadata_consistency = observed_check
        if hasattr(candidate, "iter_dependencies"):
            iter_dependencies = candidate.iter_dependencies

            def observed_iter_dependencies(self, *args, **kwargs):
                with observer.judging(self.source_link.filename):
                    dependencies = list(iter_dependencies(self, *args, **kwargs))
                return iter(dependencies)

            candidate.iter_dependencies = observed_iter_dependencies

        if hasattr(exceptions, "InstallationSubprocessError"):
            initialize = exceptions.InstallationSubprocessError.__init__

            def observed_initialize(error, *args, **kwargs):
                observer.output = list(kwargs.get("output_lines") or observer.output)
                return initialize(error, *args, **kwargs)

            exceptions.InstallationSubprocessError.__init__ = observed_initialize

        # A build cannot answer questions; keyring and netrc are asked all the same. Without an answer the server's own
        # stands: an empty login would turn a 401 into whatever the server makes of that.
        if hasattr(auth.MultiDomainBasicAuth, "_prompt_for_password"):
            handle_401 = auth.MultiDomainBasicAuth.handle_401

            def prompt_for_password(self, netloc):
                raise NoPassword(netloc)

            def observed_handle_401(self, response, **kwargs):
                try:
                    return handle_401(self, response, **kwargs)
                except NoPassword:
                    return response

            auth.MultiDomainBasicAuth._prompt_for_password = prompt_for_password
            auth.MultiDomainBasicAuth.handle_401 = observed_handle_401

        self.observe_indexes()
        choose_final_releases()
        read_metadata_strictly()
        self.observe_builds()

        from pip._internal.cli import req_command

        # A path may hold a semicolon and a space, a URL may not ask for extras: so they come in the fragment of a URL.
        parse_req_from_line = constructors.parse_req_from_line

        def parse_with_extras(name, *args, **kwargs):
            place, mark, extras = name.partition("#layerbuild-extras=")
            if not mark:
                return parse_req_from_line(name, *args, **kwargs)
            extras, space, marker = extras.partition(" ")
            parts = parse_req_from_line(place + space + marker, *args, **kwargs)
            return constructors.RequirementParts(parts.requirement, parts.link, parts.markers, set(extras.split(",")))

        constructors.parse_req_from_line = parse_with_extras

        if hasattr(constructors, "install_req_from_parsed_requirement"):
            from_parsed = constructors.install_req_from_parsed_requirement

            def observed_from_parsed(parsed, *args, **kwargs):
                try:
                    return from_parsed(parsed, *args, **kwargs)
                except Exception:
                    observer.line = getattr(parsed, "comes_from", None)
                    raise

            constructors.install_req_from_parsed_requirement = observed_from_parsed
            if hasattr(req_command, "install_req_from_parsed_requirement"):
                req_command.install_req_from_parsed_requirement = observed_from_parsed

    def observe_indexes(self):
        """Sees what each index answers, and which of them pip would not ask."""
        from pip._internal.index import collector
        from pip._internal.network import session

        observer = self
        if hasattr(session.PipSession, "is_secure_origin"):
            is_secure_origin = session.PipSession.is_secure_origin

            def observed_is_secure_origin(self, location):
                if not is_secure_origin(self, location):
                    raise UntrustedIndex(without_credentials(str(getattr(location, "url", location))))
                return True

            session.PipSession.is_secure_origin = observed_is_secure_origin

        if hasattr(collector, "_get_simple_response"):
            get_simple_response = collector._get_simple_response

            def observed_get_simple_response(url, *args, **kwargs):
                try:
                    response = get_simple_response(url, *args, **kwargs)
                except (collector._NotAPIContent, collector._NotHTTP) as error:
                    observer.answers.append(answer_of(url, 200, getattr(error, "content_type", None)))
                    raise
                observer.answers.append(answer_of(url, response.status_code, response.headers.get("Content-Type"), response.url))
                return response

            collector._get_simple_response = observed_get_simple_response

    def observe_builds(self):
        """Lets sources be what a build needs, and holds what it needs to the build constraints, where this pip does not."""
        import pip._internal.build_env as build_env

        for module in (build_env, sys.modules.get("pip._internal.build_env.installer")):
            call = getattr(module, "call_subprocess", None)
            if call is None:
                continue

            def observed_call(arguments, *args, call=call, **kwargs):
                arguments = list(arguments)
                if "--only-binary" in arguments:
                    arguments[arguments.index("--only-binary") + 1] = ":none:"
                if "--" in arguments:
                    place = arguments.index("--")
                    for constraint in self.build_constraints:
                        arguments[place:place] = ["--constraint", constraint]
                return call(arguments, *args, **kwargs)

            module.call_subprocess = observed_call

    def adopt_arguments(self, arguments):
        """Takes out what this pip has no option for, and is done here instead.

        Returns the arguments for pip, and the settings that nothing can be done about.
        """
        from pip._internal.commands import create_command

        parser = create_command("download").parser
        unknown = []
        if not parser.has_option("--build-constraint"):
            arguments, self.build_constraints = take_option(arguments, "--build-constraint")
            self.build_constraints += os.environ.pop("PIP_BUILD_CONSTRAINT", "").split()
        if os.environ.get("PIP_UPLOADED_PRIOR_TO") and not parser.has_option("--uploaded-prior-to"):
            unknown.append("uploaded-prior-to")
        return arguments, unknown

    def begin(self, options):
        if "legacy-resolver" in (getattr(options, "deprecated_features_enabled", None) or []):
            raise Usage("the legacy resolver cannot resolve for another platform")
        self.options = options

    def inherit(self, options):
        """Makes a build ask the indexes that were asked before, in the same way."""
        for name in INHERITED_OPTIONS:
            if hasattr(options, name) and hasattr(self.options, name):
                setattr(options, name, getattr(self.options, name))
        if self.finder is not None:
            # Options of requirement files are there only.
            urls = list(self.finder.index_urls)
            options.no_index = not urls
            options.index_url = urls[0] if urls else options.index_url
            options.extra_index_urls = urls[1:]
            options.find_links = list(self.finder.find_links)
            options.trusted_hosts = list(self.finder.trusted_hosts)

    @contextlib.contextmanager
    def judging(self, file):
        """Notes what is wrong with a wheel when pip fails over it, or passes over it for that reason."""
        try:
            yield
        except Exception as error:
            if file.endswith(".whl"):
                self.invalid[file] = str(error)
            raise

    def note_conflict(self, impossible, constraints):
        for cause in impossible.causes:
            requirement, parent = cause.requirement, cause.parent
            self.conflicts.append(
                {
                    "requirement": requirement.format_for_error(),
                    "project": canonical(requirement.project_name) if hasattr(requirement, "project_name") else None,
                    "specifier": specifier_of(requirement),
                    "parent": None if parent is None else "%s %s" % (parent.name, parent.version),
                    "constraint": False,
                }
            )
        for name in sorted({conflict["project"] for conflict in self.conflicts if conflict["project"]}):
            constraint = constraints.get(name)
            if constraint is not None and str(constraint.specifier):
                self.conflicts.append(
                    {
                        "requirement": "%s%s" % (name, constraint.specifier),
                        "project": name,
                        "specifier": str(constraint.specifier),
                        "parent": None,
                        "constraint": True,
                    }
                )

    def projects(self, names):
        return [{"name": name, "files": [self.describe(*entry) for _, entry in sorted(self.files[name].items())]} for name in names if name in self.files]

    def describe(self, link, kind, detail):
        from pip._vendor.packaging.specifiers import InvalidSpecifier, SpecifierSet

        version = version_of(link.filename, detail if kind == "candidate" else None)
        conflicts = [c for c in self.conflicts if c["project"] and c["specifier"] and link.filename in self.files.get(c["project"], {})]
        in_range = True
        if version is not None:
            for conflict in conflicts:
                try:
                    in_range = in_range and SpecifierSet(conflict["specifier"]).contains(version, prereleases=True)
                except InvalidSpecifier:
                    pass
        return {
            "fileName": link.filename,
            "version": version,
            "requiresPython": link.requires_python,
            "yanked": link.is_yanked,
            "reason": kind,
            "inRange": in_range,
        }


def answer_of(url, status, kind, landed=None):
    url = without_credentials(url)
    landed = without_credentials(landed) if landed else url
    return {"url": url, "status": status, "contentType": (kind or "").split(";")[0].strip(), "landed": None if landed == url else landed}


def take_option(arguments, name):
    """Takes an option with a value out of arguments."""
    left, values = [], []
    words = iter(arguments)
    for word in words:
        if word == name:
            values.append(next(words, ""))
        elif word.startswith(name + "="):
            values.append(word[len(name) + 1 :])
        else:
            left.append(word)
    return left, [value for value in values if value]


def choose_final_releases():
    """The rule of PEP 440, which pip keeps from 26.0 on: pre-releases where a requirement names one, or nothing else fits."""
    from pip._internal.index import package_finder

    def get_applicable_candidates(evaluator, candidates):
        control = getattr(evaluator, "_release_control", None)
        if control is not None:
            allowed = control.allows_prereleases(canonical(evaluator._project_name))
        else:
            allowed = getattr(evaluator, "_allow_all_prereleases", False) or None
        fitting = [c for c in candidates if hasattr(c.version, "is_prerelease") and evaluator._specifier.contains(str(c.version), prereleases=True)]
        if allowed is None and any(names_prerelease(clause) for clause in evaluator._specifier):
            allowed = True
        if not allowed:
            final = [c for c in fitting if not c.version.is_prerelease]
            fitting = final if final or allowed is False else fitting
        fitting = package_finder.filter_unallowed_hashes(candidates=fitting, hashes=evaluator._hashes, project_name=evaluator._project_name)
        return sorted(fitting, key=evaluator._sort_key)

    package_finder.CandidateEvaluator.get_applicable_candidates = get_applicable_candidates


def names_prerelease(clause):
    from pip._vendor.packaging.version import InvalidVersion, Version

    if clause.operator == "!=" or clause.version.endswith(".*"):
        return False
    try:
        return Version(clause.version).is_prerelease
    except InvalidVersion:
        return False


def is_lenient():
    """Whether this pip takes requirements in metadata that newer ones refuse, and compares extras letter by letter: before 24.1."""
    from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement("name (>word)")
    except InvalidRequirement:
        return False
    return True


def read_metadata_strictly():
    """Gives a pip before 24.1 the rules of the later ones."""
    if not is_lenient():
        return

    from pip._internal.metadata import select_backend
    from pip._internal.req import req_install

    distribution = select_backend().Distribution

    def iter_provided_extras(self):
        return [canonical(extra) for extra in self.metadata.get_all("Provides-Extra", [])]

    def is_extra_provided(self, extra):
        return canonical(extra) in iter_provided_extras(self)

    def iter_dependencies(self, extras=()):
        extras = [canonical(extra) for extra in extras]
        for text in self.metadata.get_all("Requires-Dist", []):
            requirement = parse_strictly(text)
            marker = requirement.marker
            if marker is not None:
                marker._markers = with_canonical_extras(marker._markers)
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or [""]):
                yield requirement

    distribution.iter_provided_extras = iter_provided_extras
    distribution.is_extra_provided = is_extra_provided
    distribution.iter_dependencies = iter_dependencies

    initialize = req_install.InstallRequirement.__init__

    def observed_initialize(self, *args, **kwargs):
        initialize(self, *args, **kwargs)
        self.extras = {canonical(extra) for extra in self.extras}

    req_install.InstallRequirement.__init__ = observed_initialize


def with_canonical_extras(marker):
    """A marker as packaging keeps it, with each extra that it names by its one spelling."""
    from pip._vendor.packaging import markers

    if isinstance(marker, list):
        return [with_canonical_extras(part) for part in marker]
    if not isinstance(marker, tuple):
        return marker
    left, operator, right = marker
    if str(left) == "extra" and isinstance(left, markers.Variable):
        return left, operator, markers.Value(canonical(right.value))
    if str(right) == "extra" and isinstance(right, markers.Variable):
        return markers.Value(canonical(left.value)), operator, right
    return marker


def parse_strictly(text):
    from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

    requirement = Requirement(text.strip())
    for clause in requirement.specifier:
        if type(clause).__name__ == "LegacySpecifier":
            raise InvalidRequirement("Invalid version specifier '%s' in '%s'" % (clause, text.strip()))
    return requirement


def check_requirements(candidate, distribution):
    """Refuses a distribution whose requirements cannot be read, as a pip from 24.1 on does by itself."""
    if distribution is None or not is_lenient():
        return

    from pip._internal.exceptions import MetadataInconsistent
    from pip._vendor.packaging.requirements import InvalidRequirement

    try:
        list(distribution.iter_dependencies(list(distribution.iter_provided_extras())))
    except InvalidRequirement as error:
        words = "has invalid metadata: %s" % error

        class InvalidMetadata(MetadataInconsistent):
            def __str__(self):
                return words

        raise InvalidMetadata(candidate._ireq, "Requires-Dist", "", "") from error


def is_of(filename, project):
    """Whether a file is a distribution of a project, by its name."""
    name = canonical(filename)
    return filename.endswith(DISTRIBUTION_SUFFIXES) and name.startswith(project + "-") and name[len(project) + 1 : len(project) + 2].isdigit()


def specifier_of(requirement):
    from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

    try:
        return str(Requirement(str(requirement)).specifier)
    except InvalidRequirement:
        return str(getattr(requirement, "specifier", ""))


def version_of(filename, known):
    from pip._vendor.packaging.utils import parse_sdist_filename, parse_wheel_filename

    if known:
        return str(known)
    try:
        if filename.endswith(".whl"):
            return str(parse_wheel_filename(filename)[1])
        return str(parse_sdist_filename(filename)[1])
    except Exception:
        return None


def run_command(name, arguments, before=None, after=None):
    """Runs a pip command as its command line would; raises what it failed with."""
    from pip._internal.commands import create_command

    command = create_command(name)
    failure = []
    run = command.run

    def refuse(message):
        raise Usage(message)

    command.parser.error = refuse

    def observed_run(options, args):
        try:
            if before is not None:
                before(options)
            status = run(options, args)
            if status == 0 and after is not None:
                after()
            return status
        except BaseException as error:
            failure.append(error)
            raise

    command.run = observed_run
    status = command.main(arguments)
    if failure:
        raise failure[0]
    if status != 0:
        raise Unsupported("pip %s ended with status %s" % (name, status))


def collect(observer, request):
    """Describes what pip chose, building what is not a wheel yet. Runs while pip still has its sources."""
    packages = []
    for requirement in observer.requirements.requirements.values():
        link = requirement.link
        package = {
            "name": canonical(requirement.name),
            "url": without_credentials(link.url),
            "requested": bool(getattr(requirement, "user_supplied", False)),
            "direct": getattr(requirement, "original_link", None) is not None,
            "source": None,
        }
        if link.is_wheel:
            package["kind"] = "wheel"
            package["file"] = os.path.join(request["downloads"], link.filename)
        else:
            if link.is_vcs:
                package["kind"] = "vcs"
            elif link.is_existing_dir():
                package["kind"] = "directory"
            else:
                package["kind"] = "archive"
                package["source"] = os.path.join(request["downloads"], link.filename)
            if not (package["direct"] and package["requested"]) and not observer.allows_source(package["name"]):
                raise Refused(package["name"], "source", link.filename)
            package["file"] = build(observer, request, requirement, package["name"])
        packages.append(package)
    return packages


class Refused(Exception):
    """A distribution that must not, or could not, become part of a layer."""

    def __init__(self, name, reason, file):
        super().__init__("%s: %s (%s)" % (name, reason, file))
        self.name = name
        self.reason = reason
        self.file = file


def build(observer, request, requirement, name):
    target = os.path.join(request["downloads"], "built", name)
    os.makedirs(target, exist_ok=True)
    # Objects of an earlier build in the user's tree must not get into this one.
    scratch = os.path.join(request["downloads"], "scratch", name)
    os.makedirs(scratch, exist_ok=True)
    config = os.path.join(scratch, "distutils.cfg")
    with open(config, "w", encoding="utf-8") as file:
        file.write("[build]\nbuild_base=%s\n" % os.path.join(scratch, "build").replace("%", "%%"))
    os.environ["DIST_EXTRA_CONFIG"] = config
    chosen = observer.requirements
    try:
        run_command(
            "wheel",
            ["--quiet", "--quiet", "--quiet", "--no-color", "--disable-pip-version-check", "--no-deps", "--ignore-requires-python", "--use-pep517", "--progress-bar", "off"]
            + ["--wheel-dir", target, pathlib.Path(requirement.source_dir).as_uri()],
            before=observer.inherit,
        )
    finally:
        observer.requirements = chosen
        os.environ.pop("DIST_EXTRA_CONFIG", None)
    wheels = [file for file in os.listdir(target) if file.endswith(".whl")]
    if len(wheels) != 1:
        raise Refused(name, "unbuilt", "")
    return os.path.join(target, wheels[0])


def lacks_a_name(error):
    """Whether this driver asked pip for something that it does not have, or has in another form."""
    if not isinstance(error, (AttributeError, ImportError, TypeError)):
        return False
    place = error.__traceback__
    while place.tb_next is not None:
        place = place.tb_next
    return place.tb_frame.f_code.co_filename == __file__


def response_behind(error):
    """The server's answer that an error comes from, through all that pip wraps around it."""
    while error is not None:
        response = getattr(error, "response", None)
        if getattr(response, "status_code", None):
            return response
        error = error.__cause__ or error.__context__
    return None


def failure_of(error, observer):
    failure = {
        "kind": "error",
        "type": type(error).__name__,
        "words": str(error),
        "line": observer.line,
        "package": None,
        "file": None,
        "output": [],
        "conflicts": observer.conflicts,
        "projects": observer.projects(sorted({c["project"] for c in observer.conflicts if c["project"]})),
        "unreachable": observer.unreachable,
        "answers": observer.answers,
        "hashes": [],
    }
    if isinstance(error, Unsupported) or lacks_a_name(error):
        failure["kind"] = "unsupported"
    elif isinstance(error, Usage):
        failure["kind"] = "usage"
    elif isinstance(error, UntrustedIndex):
        failure.update(kind="untrusted", words=error.url)
    elif isinstance(error, Refused):
        failure.update(kind="refused", package=error.name, words=error.reason, file=error.file)
    elif observer.conflicts:
        failure["kind"] = "conflict"
    elif isinstance(error, OSError) and error.errno in STORAGE_ERRORS:
        failure["kind"] = "storage"
    else:
        errors = getattr(error, "errors", None)
        for item in errors if isinstance(errors, list) else [error]:
            if hasattr(item, "gots") and hasattr(item, "allowed"):
                requirement = getattr(item, "req", None)
                failure["kind"] = "hash"
                failure["hashes"].append(
                    {
                        "package": getattr(requirement, "name", None),
                        "requirement": str(getattr(requirement, "req", None) or requirement or ""),
                        "url": without_credentials(requirement.link.url) if getattr(requirement, "link", None) else None,
                        "expected": sorted("%s:%s" % (name, digest) for name, digests in item.allowed.items() for digest in digests),
                        "found": sorted("%s:%s" % (name, digest.hexdigest()) for name, digest in item.gots.items()),
                    }
                )
    # What stopped pip is the wheel, or all that there is of a project.
    culprits = {canonical(name.split("-")[0]): name for name in observer.invalid}
    starved = [name for name in culprits if any(conflict["project"] == name for conflict in observer.conflicts)]
    if observer.invalid and (failure["kind"] == "error" or starved):
        name = starved[0] if starved else list(culprits)[-1]
        failure.update(kind="wheel", package=name, file=culprits[name], words=observer.invalid[culprits[name]])
        return failure
    response = response_behind(error)
    if failure["kind"] == "error" and response is not None:
        failure["kind"] = "network"
        failure["unreachable"].append({"url": without_credentials(response.url), "reason": str(error), "status": response.status_code})
    if hasattr(error, "command_description"):
        failure["words"] = "%s ended with exit code %s." % (error.command_description, getattr(error, "exit_code", "?"))
    elif getattr(error, "reference", None) is not None:
        # A problem that pip describes in parts, with markup for its console.
        failure["words"] = " ".join(str(part) for part in (getattr(error, "message", None), getattr(error, "context", None)) if part)
    if observer.output and failure["kind"] == "error":
        failure["kind"] = "build"
        failure["output"] = [line.rstrip("\r\n") for line in observer.output][-60:]
    return failure


def prepare(observer, request):
    """Everything that changes pip: what goes wrong here is about pip, not about what it is to resolve."""
    try:
        adopt_settings(request["settings"])
        use_markers(request["markers"])
        observer.install()
    except OSError:
        raise
    except Exception as error:
        raise error if isinstance(error, Unsupported) else Unsupported(str(error)) from error


def main():
    request = json.load(sys.stdin)
    answer = {"python": "%d.%d.%d" % sys.version_info[:3], "pip": None, "packages": [], "unknown": [], "failure": None}
    observer = Observer(request)
    try:
        import pip

        answer["pip"] = pip.__version__
        prepare(observer, request)
        arguments, answer["unknown"] = observer.adopt_arguments(request["arguments"])
        packages = []
        run_command(
            "download",
            arguments,
            before=observer.begin,
            after=lambda: packages.extend(collect(observer, request)),
        )
        answer["packages"] = packages
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if os.environ.get("LAYERBUILD_PIP_TRACEBACK"):
            import traceback

            traceback.print_exc()
        answer["failure"] = failure_of(error, observer)
    try:
        with open(request["answer"], "w", encoding="utf-8") as file:
            json.dump(answer, file, ensure_ascii=True)
    except OSError:
        # Where there is no room for an answer, this is one.
        sys.exit(STORAGE_EXIT_CODE)


if __name__ == "__main__":
    main()
