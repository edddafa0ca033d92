namespace LayerBuild.Steps.Resolve.Download;

public sealed class PipSettingsTests : IDisposable
{
    private readonly TemporaryDirectory _root = new();
    private readonly Dictionary<string, string> _environment;

    public PipSettingsTests() => _environment = new Dictionary<string, string> { ["HOME"] = _root["home"], ["XDG_CONFIG_DIRS"] = _root["xdg"], ["USERPROFILE"] = _root["home"], ["APPDATA"] = _root["appdata"], ["PROGRAMDATA"] = _root["programdata"] };

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Without_any_setting_the_usual_index_is_asked()
    {
        Assert.Equal([DownloadSettings.DefaultIndex], Indexes(Read()));
        Assert.Equal((TimeSpan.FromSeconds(15), 5, true), (Read().Timeout, Read().Retries, Read().AsksKeyring));
    }

    [Fact]
    public void The_environment_names_indexes_folders_and_ways()
    {
        _environment["PIP_INDEX_URL"] = "https://one.example/simple";
        _environment["PIP_EXTRA_INDEX_URL"] = "https://two.example/simple https://three.example/simple";
        _environment["PIP_FIND_LINKS"] = "wheels https://links.example/page.html";
        _environment["PIP_TRUSTED_HOST"] = "two.example:8080";
        _environment["PIP_PROXY"] = "http://proxy.example:3128";
        _environment["PIP_CERT"] = "ca.pem";
        _environment["PIP_CLIENT_CERT"] = "own.pem";
        _environment["PIP_TIMEOUT"] = "2.5";
        _environment["PIP_RETRIES"] = "1";
        _environment["PIP_KEYRING_PROVIDER"] = "disabled";

        DownloadSettings settings = Read();

        Assert.Equal(["https://one.example/simple", "https://two.example/simple", "https://three.example/simple"], Indexes(settings));
        Assert.Equal([_root["wheels"], "https://links.example/page.html"], settings.FindLinks);
        Assert.True(settings.IsTrusted(new Uri("http://two.example:8080/simple/")));
        Assert.False(settings.IsTrusted(new Uri("http://two.example/simple/")));
        Assert.True(settings.IsTrusted(new Uri("http://127.0.0.1:1/")));
        Assert.Equal(("http://proxy.example:3128", _root["ca.pem"], _root["own.pem"]), (settings.Proxy, settings.Certificates, settings.ClientCertificate));
        Assert.Equal((TimeSpan.FromSeconds(2.5), 1, false), (settings.Timeout, settings.Retries, settings.AsksKeyring));
    }

    [UnixFact]
    public void Configuration_files_go_before_those_of_wider_places_and_the_environment_before_all()
    {
        string file = "pip.conf";
        _root.Write($"xdg/pip/{file}", "[global]\nindex-url = https://machine.example/\ntimeout = 9\nretries: 2\n");
        _root.Write($"home/.pip/{file}", "[global]\nretries = 3\n; a comment\n# another\n[install]\nno-index = false\n");
        _root.Write($"home/.config/pip/{file}", "[global]\nindex_url = https://user.example/\nextra-index-url =\n    https://a.example/\n    https://b.example/\n\n[freeze]\ntimeout = 1\n");
        Assert.Equal(["https://user.example/", "https://a.example/", "https://b.example/"], Indexes(Read()));
        Assert.Equal((TimeSpan.FromSeconds(9), 3), (Read().Timeout, Read().Retries));

        _environment["VIRTUAL_ENV"] = _root["venv"];
        _root.Write($"venv/{file}", "[global]\nindex-url = https://site.example/\n");
        Assert.Equal("https://site.example/", Indexes(Read())[0]);

        _environment["PIP_CONFIG_FILE"] = _root.Write("own.conf", "[download]\nindex-url = https://own.example/\n");
        Assert.Equal("https://own.example/", Indexes(Read())[0]);

        _environment["PIP_INDEX_URL"] = "https://environment.example/";
        Assert.Equal("https://environment.example/", Indexes(Read())[0]);

        _environment["PIP_INDEX_URL"] = "";
        _environment["PIP_CONFIG_FILE"] = "/dev/null";
        Assert.Equal([DownloadSettings.DefaultIndex], Indexes(Read()));
    }

    [Fact]
    public void Lines_of_requirement_files_and_further_arguments_add_to_it()
    {
        _environment["PIP_INDEX_URL"] = "https://one.example/";
        _environment["PIP_EXTRA_INDEX_URL"] = "https://two.example/";

        Assert.Equal(["https://lines.example/", "https://more.example/"], Indexes(Read(["-i", "https://lines.example/"], ["--extra-index-url=https://more.example/"])));
        Assert.Equal(["https://one.example/", "https://two.example/", "https://more.example/"], Indexes(Read(["--extra-index-url", "https://more.example/"])));
        Assert.Empty(Indexes(Read(["--no-index"])));
        Assert.Equal([_root["wheels"]], Read(["-f", "wheels"]).FindLinks);
        Assert.Equal(["https://arguments.example/", "https://two.example/"], Indexes(PipSettings.Read(_environment, _root.Path, [], ["--index-url", "https://arguments.example/", "--pre", "--only-binary", "x"])));
        Assert.Null(Read(["--pre"], ["--no-binary", "x"], ["--require-hashes"]).OnlyPip);
    }

    [Fact]
    public void What_only_pip_understands_is_named()
    {
        Assert.Equal("-r in a requirement file", Read(["-r", "https://elsewhere.example/more.txt"]).OnlyPip);
        Assert.Equal("--platform in LambdaLayerPipArguments", PipSettings.Read(_environment, _root.Path, [], ["--platform", "any"]).OnlyPip);
    }

    [Fact]
    public void Netrc_is_read_as_git_and_pip_read_it()
    {
        var netrc = Netrc.Parse("""
            # machine none.example login no password no
            machine one.example login me password hush
            machine two.example
              login "with blank" account x
              password "a \"quoted\" #word"
            macdef init
            machine fake.example login a password b

            machine one.example login second password second
            default login anybody password else
            """.ReplaceLineEndings("\n"));

        Assert.Equal(new Login("me", "hush").ToHeader(), netrc.Find("ONE.example")!.ToHeader());
        Assert.Equal(new Login("with blank", "a \"quoted\" #word").ToHeader(), netrc.Find("two.example")!.ToHeader());
        Assert.Equal("anybody", netrc.Find("fake.example")!.User);
        Assert.Null(Netrc.Parse("machine").Find("x.example"));
        Assert.DoesNotContain("hush", netrc.Find("one.example")!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://me:p%40ss@host.example/simple/", "https://host.example/simple/", "me", "p@ss")]
    [InlineData("https://me:p@ss@host.example:8443/x?a=b@c", "https://host.example:8443/x?a=b@c", "me", "p@ss")]
    [InlineData("https://token@host.example", "https://host.example/", "token", "")]
    [InlineData("https://host.example/@scope/", "https://host.example/@scope/", null, null)]
    public void A_login_is_taken_out_of_a_url(string url, string bare, string? user, string? password)
    {
        Assert.True(Login.TrySplit(url, out Uri? address, out Login? login));
        Assert.Equal(bare, address!.AbsoluteUri);
        Assert.Equal(user is null ? null : new Login(user, password!).ToHeader(), login?.ToHeader());
    }

    [Fact]
    public void Proxies_come_from_the_environment_and_stay_away_from_what_it_excepts()
    {
        _environment["HTTPS_PROXY"] = "http://me:word@proxy.example:3128";
        _environment["no_proxy"] = "internal.example, .corp.example,10.0.0.0/8, exact.example:8443";

        System.Net.IWebProxy proxy = IndexProxy.Of(Read())!;

        Assert.Equal("http://proxy.example:3128/", proxy.GetProxy(new Uri("https://index.example/"))!.AbsoluteUri);
        Assert.Equal("me", proxy.Credentials!.GetCredential(new Uri("http://proxy.example:3128/"), "Basic")!.UserName);
        Assert.All(
            ["http://index.example/", "https://internal.example/", "https://a.internal.example/", "https://x.corp.example/", "https://10.2.3.4/", "https://exact.example:8443/"],
            direct => Assert.True(proxy.IsBypassed(new Uri(direct)), direct));
        Assert.False(proxy.IsBypassed(new Uri("https://notinternal.example/")));
        Assert.False(proxy.IsBypassed(new Uri("https://exact.example/")));
    }

    [Fact]
    public void Uv_has_settings_of_its_own()
    {
        var corp = new NamedIndex("corp", "https://corp.example/simple");
        var own = new NamedIndex("own", "https://own.example/simple");
        Assert.Equal([corp, new NamedIndex(null, DownloadSettings.DefaultIndex)], UvSettings.Read(_environment, _root.Path, [corp], null).Indexes);
        Assert.Equal([corp, own], UvSettings.Read(_environment, _root.Path, [own, corp], own).Indexes);

        _environment["UV_INDEX"] = "first=https://first.example/?a=b https://second.example/";
        _environment["UV_DEFAULT_INDEX"] = "https://default.example/";
        _environment["UV_FIND_LINKS"] = "wheels,https://links.example/";
        _environment["UV_HTTP_TIMEOUT"] = "7";
        DownloadSettings settings = UvSettings.Read(_environment, _root.Path, [own, corp], own);
        Assert.Equal([new("first", "https://first.example/?a=b"), new(null, "https://second.example/"), corp, new(null, "https://default.example/")], settings.Indexes);
        Assert.Equal([_root["wheels"], "https://links.example/"], settings.FindLinks);
        Assert.Equal((TimeSpan.FromSeconds(7), 3, false), (settings.Timeout, settings.Retries, settings.AsksKeyring));
    }

    private DownloadSettings Read(params string[][] lines) => PipSettings.Read(_environment, _root.Path, lines, []);

    private static string[] Indexes(DownloadSettings settings) => [.. settings.Indexes.Select(i => i.Url)];
}
