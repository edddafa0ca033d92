using LayerBuild.Diagnostics;
using LayerBuild.Lambda;

namespace LayerBuild.Steps.Verify;

public class ContentCheckTests
{
    private const string Key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MaC1n5yFxYzq1a2b\n-----END RSA PRIVATE KEY-----\n";

    [Theory]
    [InlineData("libown.so.1", "python/p/x.so", null, null, true)]
    [InlineData("libz.so.1", "python/p/x.so", null, null, false)]
    [InlineData("libown.so.1", "python/p/x.so", "lib/libown.so.1", null, false)]
    [InlineData("libown.so.1", "python/p/x.so", "python/p.libs/libown.so.1", "$ORIGIN/../p.libs", false)]
    [InlineData("libown.so.1", "python/p/x.so", "python/p.libs/libown.so.1", "${ORIGIN}/../q.libs", true)]
    [InlineData("libown.so.1", "python/p/x.so", "here/libown.so.1", "/opt/here", false)]
    [InlineData("libown.so.1", "nodejs/node_modules/p/x.node", "nodejs/node_modules/q/libown.so.1", null, false)]
    [InlineData("libpython3.12.so.1.0", "python/p/x.so", null, null, false)]
    [InlineData("libpython3.11.so.1.0", "python/p/x.so", null, null, true)]
    [InlineData("libssl.so.3", "python/p/x.so", null, null, false)]
    [InlineData("libssl.so.10", "python/p/x.so", null, null, true)]
    public void LB3005_where_the_loader_looks(string needed, string file, string? bundled, string? runPath, bool missing)
    {
        var layer = new TestLayer(file.StartsWith("nodejs", StringComparison.Ordinal) ? "nodejs22.x" : "python3.12");
        layer.Add(file, new ElfBuilder { Needed = [needed, "libc.so.6"], RunPath = runPath }.Build());
        if (bundled is not null)
        {
            layer.Add(bundled, ElfBuilder.Library(ElfBuilder.X64));
        }

        IReadOnlyList<Diagnostic> found = layer.Verify();
        Assert.Equal(missing ? [("LB3005", Severity.Warning)] : [], found.Select(d => (d.Code, d.Severity)));
        if (missing)
        {
            Assert.Contains($"needs {needed}", found[0].Message);
            layer.Declaration = layer.Declaration with { AllowFindings = [$"LB3005:{needed}"] };
            Assert.Empty(layer.Verify());
        }
    }

    [Theory]
    [InlineData("extensions/ext", "#!/bin/sh\necho", true, null)]
    [InlineData("extensions/ext", "#!/bin/sh\necho", false, "not executable")]
    [InlineData("extensions/ext", "#!/bin/sh\r\necho\r\n", true, "CRLF")]
    [InlineData("extensions/ext", "#!/usr/bin/env python3\n", true, null)]
    [InlineData("extensions/ext", "#!/var/lang/bin/python3.12\n", true, null)]
    [InlineData("extensions/ext", "#!/var/lang/bin/python3.11\n", true, "python3.11")]
    [InlineData("extensions/ext", "#!/usr/bin/env node\n", true, "/usr/bin/env node")]
    [InlineData("extensions/ext", "#!/home/me/.venv/bin/python\n", true, "/home/me/.venv/bin/python")]
    [InlineData("extensions/README.md", "about", true, "neither a Linux program nor a script")]
    [InlineData("extensions/conf/settings.json", "{}", false, "subfolder")]
    [InlineData("bin/tool", "#!/usr/bin/perl\n", true, "/usr/bin/perl")]
    [InlineData("bin/data.json", "{}", true, null)]
    [InlineData("wrapper.sh", "#!/bin/bash\r\n", true, "CRLF")]
    [InlineData("python/tool.py", "#!/usr/bin/python\r\n", false, null)]
    public void LB3006_for_programs_that_cannot_start(string path, string text, bool executable, string? words)
    {
        var layer = new TestLayer("python3.12").Add(path, text, executable ? EntryKind.Executable : EntryKind.File);

        IReadOnlyList<Diagnostic> found = layer.Verify();
        if (words is null)
        {
            Assert.Empty(found);
        }
        else
        {
            Assert.Equal(("LB3006", Severity.Error), (Assert.Single(found).Code, found[0].Severity));
            Assert.Contains(words, found[0].Message);
        }
    }

    [Fact]
    public void LB3006_for_native_programs()
    {
        Assert.Empty(Bootstrap(new ElfBuilder { Type = 2 }.Build()));
        Assert.Empty(Bootstrap(new ElfBuilder { Interpreter = "/lib64/ld-linux-x86-64.so.2", Needed = ["libc.so.6"] }.Build()));
        Assert.Contains("/nix/store/x/ld.so", Assert.Single(Bootstrap(new ElfBuilder { Interpreter = "/nix/store/x/ld.so" }.Build())).Message);
        Assert.Contains("shared library", Assert.Single(Bootstrap(ElfBuilder.Library(ElfBuilder.X64))).Message);
        Assert.Contains("neither a Linux program", Assert.Single(Bootstrap("echo"u8.ToArray())).Message);

        static IReadOnlyList<Diagnostic> Bootstrap(byte[] bytes) =>
            new TestLayer("provided.al2023").Add("bootstrap", bytes, EntryKind.Executable).Verify();
    }

    [Theory]
    [InlineData("python/key.pem", Key, "a private key")]
    [InlineData("python/settings.py", "AWS_ACCESS_KEY_ID = 'AKIAQ3EGRIJ4TR5XLMND'\n", "an AWS access key")]
    [InlineData("python/credentials", "[default]\naws_secret_access_key = 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\n", "an AWS secret access key")]
    [InlineData("python/.env", "DB_PASSWORD=s3cr3tvalue\n", "environment file")]
    [InlineData(".netrc", "machine pypi.corp.io login me password Zk39dkQ\n", ".netrc")]
    [InlineData("python/.pypirc", "[pypi]\nusername = __token__\npassword = Zk39dkQ8s\n", ".pypirc")]
    [InlineData("nodejs/app/.npmrc", "//registry.corp.io/:_authToken=Zk39dkQ8sRt\n", ".npmrc")]
    [InlineData("python/pip.conf", "[global]\nindex-url = https://joe:Zk39dkQ8s@pypi.corp.io/simple\n", "a URL with a password")]
    [InlineData("python/db.py", "URL = 'postgresql://app:Zk39dkQ8s@db.prod.corp.io/x'\n", "a URL with a password")]
    [InlineData("python/gh.py", "T = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'\n", "an access token")]
    public void LB3008_for_secrets(string path, string text, string words)
    {
        var layer = new TestLayer("provided.al2023").Add(path, text);
        Diagnostic found = Assert.Single(layer.Verify());
        Assert.Equal(("LB3008", Severity.Warning), (found.Code, found.Severity));
        Assert.Contains(words, found.Message);
        Assert.DoesNotContain("Zk39dkQ", found.Message);

        layer.Declaration = layer.Declaration with { ShareWith = ["123456789012"] };
        Assert.Equal(Severity.Error, Assert.Single(layer.Verify()).Severity);

        layer.Declaration = layer.Declaration with { AllowFindings = [$"LB3008:{path}"] };
        Assert.Empty(layer.Verify());
    }

    [Theory]
    [InlineData("python/a.py", "if b'-----BEGIN RSA PRIVATE KEY-----' in data:\n    pass\n")]
    [InlineData("python/a.pem", "-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MaC1n5yFxYzq1a2b\n")]
    [InlineData("python/a.py", "key = 'AKIAIOSFODNN7EXAMPLE'\naws_secret_access_key='wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'\n")]
    [InlineData("python/a.py", "aws_secret_access_key=os.environ['X']\n")]
    [InlineData("python/a.py", "u = 'postgres://user:password@localhost/db', 'http://{user}:{pw}@x.io', 'https://$U:$P@x.io'\n")]
    [InlineData("python/a.py", "s = 'http://x.io:80/a@b', 'git+https://github.com/a/b@c'\n")]
    [InlineData("python/.env.example", "DB_PASSWORD=s3cr3tvalue\n")]
    [InlineData("python/.env", "# nothing\nDB_PASSWORD=\nOTHER=${DB}\n")]
    [InlineData("nodejs/.npmrc", "//registry.corp.io/:_authToken=${NPM_TOKEN}\nsave-exact=true\n")]
    public void Examples_are_no_secrets(string path, string text) =>
        Assert.Empty(new TestLayer("provided.al2023").Add(path, text).Verify());

    [Fact]
    public void LB3009_for_a_module_that_hides_the_standard_library()
    {
        Diagnostic own = Assert.Single(new TestLayer("python3.12").Add("python/json.py", "").Add("python/json2.py", "").Verify());
        Assert.Equal(("LB3009", Severity.Error), (own.Code, own.Severity));
        Assert.Contains("'json' of python3.12", own.Message);

        var layer = new TestLayer("python3.12");
        layer.Add("python/dataclasses.py", [], EntryKind.File, layer.Package("dataclasses-0.8-py3-none-any.whl"));
        Assert.Equal(Severity.Warning, Assert.Single(layer.Verify()).Severity);

        Assert.Empty(new TestLayer("python3.13").Add("python/cgi.py", "").Add("python/email/x.py", "").Add("python/p/json.py", "").Verify());
        Assert.Single(new TestLayer("python3.12").Add("python/cgi/__init__.py", "").Verify());
    }

    [Theory]
    [InlineData("python3.9", "urllib3-2.2.1-py3-none-any.whl", true)]
    [InlineData("python3.9", "urllib3-1.26.18-py2.py3-none-any.whl", false)]
    [InlineData("python3.12", "urllib3-2.2.1-py3-none-any.whl", false)]
    [InlineData("python3.12", "s3transfer-0.17.0-py3-none-any.whl", true)]
    [InlineData("python3.12", "jmespath-1.1.0-py3-none-any.whl", false)]
    public void LB3009_for_the_runtimes_own_packages_without_their_companions(string runtime, string wheel, bool wrong)
    {
        var layer = new TestLayer(runtime);
        InstalledPackage package = layer.Package(wheel);
        layer.Add($"python/{package.Name}/__init__.py", [], EntryKind.File, package);

        Assert.Equal(wrong ? [("LB3009", Severity.Warning)] : [], layer.Verify().Select(d => (d.Code, d.Severity)));

        layer.Add("python/botocore/__init__.py", [], EntryKind.File, layer.Package("botocore-1.43.0-py3-none-any.whl"));
        Assert.Empty(layer.Verify());
    }

    [Theory]
    [InlineData("x.pth", "import os; os.system('x')", Severity.Warning)]
    [InlineData("distutils-precedence.pth", "import os; x", Severity.Warning)]
    [InlineData("x.pth", "/home/me/src\n", Severity.Error)]
    [InlineData("x.pth", "../../elsewhere\n", Severity.Error)]
    [InlineData("__editable__.x-1.0.pth", "/home/me/src\n", Severity.Error)]
    [InlineData("__editable__.x-1.0.pth", "import __editable___x_finder; __editable___x_finder.install()", Severity.Error)]
    [InlineData("x.pth", "# a comment\nvendored\n/opt/more\n", null)]
    public void LB3009_for_path_files(string name, string text, object? expected)
    {
        IReadOnlyList<Diagnostic> found = new TestLayer("python3.12").Add($"python/{name}", text).Verify();

        Assert.Equal((Severity?)expected, found.SingleOrDefault()?.Severity);
        // A line is of a file that can be opened.
        Assert.All(found, f => Assert.Equal((null, 0), (f.File, f.Line)));
    }

    [Fact]
    public void A_finding_in_a_users_file_points_to_the_file()
    {
        using var folder = new TemporaryDirectory();
        string path = folder.Write("x/.netrc", "machine a.corp.io\n  password Zk39dkQ\n");
        LayerDeclaration declaration = new TestLayer("provided.al2023").Declaration;
        var tree = new LayerTree([new LayerEntry(ZipPath.Parse("x/.netrc"), EntryKind.File, new DiskContent(path, new FileInfo(path).Length), null)], []);
        var log = new DiagnosticLog();
        new LayerVerifier(log).Verify(declaration, Architecture.X64, tree, CancellationToken.None);

        Assert.Equal((path, 2), (log.Diagnostics[0].File, log.Diagnostics[0].Line));
    }

    [Theory]
    [InlineData("arm64", true)]
    [InlineData("x86_64", false)]
    public void Jars_are_looked_into(string architecture, bool wrong)
    {
        using var folder = new TemporaryDirectory();
        string path = folder["native.jar"];
        File.WriteAllBytes(path, new ZipBuilder()
            .Add(new ZipMember("META-INF/native/libx_linux_x86_64.so", ElfBuilder.Library(ElfBuilder.X64)))
            .Add(new ZipMember("X.class", [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65])).ToBytes());
        var layer = new TestLayer("java21", architecture);
        var tree = new LayerTree([new LayerEntry(ZipPath.Parse("java/lib/native.jar"), EntryKind.File, new DiskContent(path, new FileInfo(path).Length), null)], []);
        var log = new DiagnosticLog();
        new LayerVerifier(log).Verify(layer.Declaration, Architecture.Find(architecture)!, tree, CancellationToken.None);

        Assert.Equal(wrong ? ["LB3001"] : [], log.Diagnostics.Select(d => d.Code));
    }

    [Fact]
    public void What_goes_for_both_architectures_is_said_once()
    {
        var layer = new TestLayer("python3.12");
        layer.Declaration = layer.Declaration with { Architectures = Architecture.All };
        layer.Add("python/json.py", "");

        Assert.Single(layer.Verify());
    }
}
