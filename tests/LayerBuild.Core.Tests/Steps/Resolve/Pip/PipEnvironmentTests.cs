
namespace LayerBuild.Steps.Resolve.Pip;

public class PipEnvironmentTests
{
    [Fact]
    public void Only_settings_of_index_certificate_proxy_and_credentials_pass()
    {
        var environment = new PipEnvironment(new Dictionary<string, string>
        {
            ["PATH"] = "/bin",
            ["PIP_INDEX_URL"] = "u",
            ["PIP_EXTRA_INDEX_URL"] = "u",
            ["PIP_FIND_LINKS"] = "f",
            ["PIP_NO_INDEX"] = "1",
            ["PIP_TRUSTED_HOST"] = "h",
            ["PIP_CERT"] = "c",
            ["PIP_CLIENT_CERT"] = "c",
            ["PIP_PROXY"] = "p",
            ["PIP_KEYRING_PROVIDER"] = "import",
            ["PIP_DEFAULT_TIMEOUT"] = "9",
            ["PIP_RETRIES"] = "1",
            ["PIP_CACHE_DIR"] = "d",
            ["PYTHON_KEYRING_BACKEND"] = "k",
            ["HTTPS_PROXY"] = "p",
            ["SSL_CERT_FILE"] = "s",
            ["NETRC"] = "n",
            ["PIP_USER"] = "1",
            ["PIP_TARGET"] = "t",
            ["PIP_PREFIX"] = "t",
            ["PIP_NO_BINARY"] = ":all:",
            ["PIP_ONLY_BINARY"] = ":none:",
            ["PIP_REQUIRE_VIRTUALENV"] = "1",
            ["PIP_REQUIRE_HASHES"] = "1",
            ["PIP_PRE"] = "1",
            ["PIP_CONSTRAINT"] = "c.txt",
            ["PIP_REQUIREMENT"] = "r.txt",
            ["PIP_DRY_RUN"] = "1",
            ["PIP_LOG"] = "l",
            ["PIP_ISOLATED"] = "1",
            ["PIP_PYTHON"] = "p",
            ["PIP_RESOLVER_DEBUG"] = "1",
            ["PYTHONPATH"] = "p",
            ["PYTHONHOME"] = "p",
            ["PYTHONSTARTUP"] = "p",
            ["PYTHONDONTWRITEBYTECODE"] = "1",
            ["PYTHONWARNINGS"] = "error",
        });

        Assert.Equal(
            [
                "GIT_TERMINAL_PROMPT", "HTTPS_PROXY", "NETRC", "PATH", "PIP_CACHE_DIR", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_DEFAULT_TIMEOUT", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_EXTRA_INDEX_URL",
                "PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_KEYRING_PROVIDER", "PIP_NO_INDEX", "PIP_PROXY", "PIP_RETRIES", "PIP_TRUSTED_HOST",
                "PYTHON_KEYRING_BACKEND", "SOURCE_DATE_EPOCH", "SSL_CERT_FILE",
            ],
            environment.Variables.Keys.Order(StringComparer.Ordinal));
    }

    [RequiresPythonFact]
    public async Task Settings_of_the_users_environment_change_nothing()
    {
        using var bench = new ResolveBench();
        bench.Offer("app", "1.0");
        bench.Offer("app", "2.0a1");
        foreach ((string name, string value) in new[]
        {
            ("PIP_USER", "1"), ("PIP_TARGET", bench["target"]), ("PIP_PREFIX", bench["prefix"]), ("PIP_NO_BINARY", ":all:"), ("PIP_ONLY_BINARY", "app"),
            ("PIP_REQUIRE_VIRTUALENV", "1"), ("PIP_REQUIRE_HASHES", "1"), ("PIP_PRE", "1"), ("PIP_NO_DEPS", "1"), ("PIP_DEST", bench["dest"]),
            ("PIP_CONSTRAINT", bench["none.txt"]), ("PIP_QUIET", "0"), ("PIP_VERBOSE", "3"), ("PIP_PLATFORM", "win_amd64"), ("PIP_PYTHON_VERSION", "2.7"),
            ("PYTHONHOME", bench["nowhere"]), ("PYTHONPATH", bench["nowhere"]), ("PYTHONWARNINGS", "error"), ("PYTHONUTF8", "0"), ("LC_ALL", "C"),
        })
        {
            bench.Variables[name] = value;
        }

        Assert.Equal(["app 1.0"], await bench.NamesAsync(bench.Layer(packages: ["app"])));
        Assert.Equal(["layer.requirements.lock.txt"], Directory.EnumerateFileSystemEntries(bench.Project).Select(Path.GetFileName));
    }

    [RequiresPythonFact]
    public async Task Of_config_files_only_the_index_settings_count()
    {
        using var bench = new ResolveBench();
        bench.Offer("app", "1.0");
        bench.Offer("app", "2.0a1");
        bench.Variables["PIP_CONFIG_FILE"] = bench.Write("pip.conf", $"""
            [global]
            user = true
            target = {bench["target"]}
            no-binary = :all:
            require-virtualenv = true
            pre = true
            no-index = true
            quiet = nonsense
            [install]
            find_links = {new Uri(bench.Wheels).AbsoluteUri}
            require-hashes = true
            [download]
            dest = {bench["dest"]}
            platform = win_amd64
            """);
        bench.Variables.Remove("PIP_NO_INDEX");
        bench.Variables.Remove("PIP_FIND_LINKS");

        Assert.Equal(["app 1.0"], await bench.NamesAsync(bench.Layer(packages: ["app"])));
        Assert.False(Directory.Exists(bench["dest"]));
    }

    [RequiresPythonFact]
    public async Task The_users_own_arguments_are_added()
    {
        using var bench = new ResolveBench();
        bench.Offer("app", "1.0");
        Directory.CreateDirectory(bench["more wheels"]);
        bench.Wheel("app", "2.0a1").WriteTo(bench["more wheels"]);

        Assert.Equal(["app 2.0a1"], await bench.NamesAsync(bench.Layer(packages: ["app"]), bench.Options with { PipArguments = "--pre --find-links \"more wheels\"" }));
    }
}
