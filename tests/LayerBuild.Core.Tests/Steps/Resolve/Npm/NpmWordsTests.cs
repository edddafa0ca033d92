using LayerBuild.Files;
using LayerBuild.Formats.Npm;

namespace LayerBuild.Steps.Resolve.Npm;

/// <summary>What needs no npm: its settings, its words, its files.</summary>
public sealed class NpmWordsTests
{
    [Theory]
    [InlineData("npm_config_registry", true)]
    [InlineData("NPM_CONFIG_REGISTRY", true)]
    [InlineData("npm_config_strict_ssl", true)]
    [InlineData("npm_config_strict-ssl", true)]
    [InlineData("npm_config__authToken", true)]
    [InlineData("npm_config_//registry.example.com/:_authToken", true)]
    [InlineData("npm_config_@scope:registry", true)]
    [InlineData("npm_config_userconfig", true)]
    [InlineData("npm_config_cafile", true)]
    [InlineData("npm_config_https_proxy", true)]
    [InlineData("HTTPS_PROXY", true)]
    [InlineData("NODE_EXTRA_CA_CERTS", true)]
    [InlineData("NPM_TOKEN", true)]
    [InlineData("HOME", true)]
    [InlineData("npm_config_omit", false)]
    [InlineData("NPM_CONFIG_PREFIX", false)]
    [InlineData("npm_config_local_prefix", false)]
    [InlineData("npm_config_", false)]
    [InlineData("npm_lifecycle_event", false)]
    [InlineData("npm_package_name", false)]
    [InlineData("INIT_CWD", false)]
    [InlineData("NODE_ENV", false)]
    public void Of_npm_s_settings_only_those_stay_that_say_where_packages_come_from(string name, bool stays)
    {
        var environment = new NpmEnvironment(new Dictionary<string, string> { [name] = "x" });

        Assert.Equal(stays, environment.Variables.ContainsKey(name));
    }

    [Theory]
    [InlineData("node_modules/ms/index.js", "node_modules/ms")]
    [InlineData("node_modules/@s/a/lib/x.js", "node_modules/@s/a")]
    [InlineData("node_modules/a/node_modules/b/x.js", "node_modules/a/node_modules/b")]
    [InlineData("node_modules/a/node_modules/@s/b/x.js", "node_modules/a/node_modules/@s/b")]
    [InlineData("node_modules/a/test/node_modules/b/x.js", "node_modules/a")]
    [InlineData("node_modules/a/node_modules", "node_modules/a")]
    [InlineData("node_modules/file", "")]
    public void A_file_belongs_to_the_innermost_package_that_Node_would_find(string path, string package)
    {
        Assert.Equal(package, NodeFile.PackageOf(path));
    }

    [Theory]
    [InlineData(">=18", 18, true)]
    [InlineData(">= 18.17.0", 18, true)]
    [InlineData(">=20", 18, false)]
    [InlineData(">18", 18, false)]
    [InlineData(">18.2", 18, true)]
    [InlineData("<20", 20, false)]
    [InlineData("<20.5", 20, true)]
    [InlineData("<=20", 20, true)]
    [InlineData(">=14 <20", 20, false)]
    [InlineData(">=14 <20", 18, true)]
    [InlineData("^18.18.0 || ^20.9.0 || >=21.1.0", 18, true)]
    [InlineData("^18.18.0 || ^20.9.0 || >=21.1.0", 22, true)]
    [InlineData("^18.18.0 || ^20.9.0", 22, false)]
    [InlineData("~20.1", 20, true)]
    [InlineData("~20", 22, false)]
    [InlineData("14 - 18", 18, true)]
    [InlineData("14 - 18", 20, false)]
    [InlineData("18.x", 18, true)]
    [InlineData("18.x || 20.x", 22, false)]
    [InlineData("v18", 18, true)]
    [InlineData("=18.1.2", 18, true)]
    [InlineData(">=18.0.0-rc.1", 18, true)]
    [InlineData("*", 22, true)]
    [InlineData("x", 22, true)]
    [InlineData("", 22, true)]
    [InlineData(">=0.10.3 <15.0.0", 16, false)]
    [InlineData("node 18", 16, true)]
    [InlineData(">=99999999999999999999", 22, true)]
    [InlineData(">= 6.0.0 <6.2 || > 8", 22, true)]
    public void A_range_of_versions_admits_a_major_when_it_holds_a_version_of_it(string range, int major, bool admitted)
    {
        Assert.Equal(admitted, NodeRange.Allows(range, major));
    }

    [Fact]
    public void A_404_keeps_the_package_and_loses_the_advice()
    {
        NpmFailure failure = Fail("""
            {
              "error": {
                "code": "E404",
                "summary": "Not Found - GET https://user:pw@registry.example.com/@s%2fx",
                "detail": "The requested resource '@s/x@99' could not be found or you do not have permission to access it.\n\nNote that you can also install from a\ntarball, folder, http url, or git url."
              }
            }
            """);

        Assert.Equal("E404", failure.Code);
        Assert.Equal("Not Found - GET https://registry.example.com/@s%2fx The requested resource '@s/x@99' could not be found or you do not have permission to access it.", failure.Words);
    }

    [Fact]
    public void A_conflict_keeps_who_wants_what()
    {
        NpmFailure failure = Fail("""
            npm warn something
            {
              "error": {
                "code": "ERESOLVE",
                "summary": "unable to resolve dependency tree",
                "detail": "While resolving: undefined@undefined\nFound: react@19.0.0\nnode_modules/react\n  react@\"19.0.0\" from the root project\n\nCould not resolve dependency:\npeer react@\"^18.0.0\" from react-dom@18.0.0\n\nFor a full report see:\n/h/.npm/_logs/2026-eresolve-report.txt"
              }
            }
            """);

        Assert.Equal("unable to resolve dependency tree Found: react@19.0.0 node_modules/react react@\"19.0.0\" from the root project Could not resolve dependency: peer react@\"^18.0.0\" from react-dom@18.0.0", failure.Words);
    }

    [Fact]
    public void A_lock_file_out_of_date_loses_the_help()
    {
        NpmFailure failure = Fail("""
            {"error": {"code": "EUSAGE", "summary": "`npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync. Please update your lock file with `npm install` before continuing.\n\nMissing: is-number@7.0.0 from lock file\nInvalid: lock file's ms@2.1.3 does not satisfy ms@2.1.2\n\nClean install a project\n\nUsage:\nnpm ci\n\nOptions: ...", "detail": ""}}
            """);

        Assert.True(failure.IsOutOfSync);
        Assert.Equal(["Missing: is-number@7.0.0 from lock file", "Invalid: lock file's ms@2.1.3 does not satisfy ms@2.1.2"], failure.Disagreements);
        Assert.DoesNotContain("Usage", failure.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Git_s_errors_have_a_number_for_a_code()
    {
        Assert.Equal("128", Fail("""{"error": {"code": 128, "summary": "An unknown git error occurred", "detail": "x"}}""").Code);
    }

    [Fact]
    public void Without_an_answer_the_lines_of_standard_error_are_taken()
    {
        NpmFailure failure = NpmFailure.Read(
            new ChildProcessResult(1, "", "npm error Invalid URL\nnpm error     at new URL (node:internal/url:797:36)\nnpm ERR! A complete log of this run can be found in: /h/_logs/x.log\nnpm error //r.example.com/:_authToken=abc\n"),
            "/nowhere");

        Assert.Equal("Invalid URL //r.example.com/:_authToken=***", failure.Words);
    }

    [Theory]
    [InlineData("""{"license": "MIT"}""", "MIT")]
    [InlineData("""{"license": {"type": "ISC", "url": "u"}}""", "ISC")]
    [InlineData("""{"licenses": [{"type": "MIT"}, {"type": "Apache2"}]}""", "(MIT OR Apache2)")]
    [InlineData("""{"license": ["MIT", "BSD"]}""", "(MIT OR BSD)")]
    [InlineData("""{"license": ""}""", null)]
    [InlineData("\uFEFF{}", null)]
    public void Licences_are_read_in_all_their_old_forms(string json, string? license)
    {
        using var directory = new TemporaryDirectory();

        Assert.Equal(license, NpmManifest.Read(directory.Write("package.json", json)).License);
    }

    private static NpmFailure Fail(string output) => NpmFailure.Read(new ChildProcessResult(1, output, "npm error whatever"), "/nowhere");
}
