using System.Globalization;
using System.Security.Cryptography;
using LayerBuild.Aws;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Locks;
using LayerBuild.Formats.Osv;
using LayerBuild.Lambda;
using LayerBuild.Publish.Cache;
using LayerBuild.Steps.Measure;
using LayerBuild.Steps.Resolve;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Build;

/// <summary>Builds of one project on several machines that share a bucket.</summary>
public sealed class RemoteLayersTests : IAsyncLifetime
{
    private readonly List<Machine> _machines = [];
    private FakeAws _aws = null!;
    private FakeBucket _bucket = null!;

    public async Task InitializeAsync()
    {
        _aws = await FakeAws.StartAsync();
        _bucket = _aws.S3.AddBucket("shared", "eu-west-1");
    }

    public async Task DisposeAsync()
    {
        _machines.ForEach(m => m.Dispose());
        await _aws.DisposeAsync();
    }

    [Fact]
    public async Task A_layer_that_ci_built_is_fetched_with_the_same_bytes()
    {
        Machine ci = New(push: true);
        Machine dev = New();
        await ci.BuildAsync();

        await dev.BuildAsync();

        Assert.Empty(dev.Log.Warnings);
        Assert.Contains(dev.Log.Diagnostics, d => d.Message.StartsWith("shared: fetched from the remote cache", StringComparison.Ordinal));
        foreach (string name in new[] { "shared.zip", "shared.layer.json", "shared.cdx.json", "shared.licenses.txt" })
        {
            Assert.Equal(await File.ReadAllBytesAsync(ci.Output(name)), await File.ReadAllBytesAsync(dev.Output(name)));
        }

        Assert.Equal(ci.Staged(), dev.Staged());
        Assert.Equal(ci.State().Archives, dev.State().Archives.Select(a => a with { Path = a.Path.Replace(dev.Path, ci.Path, StringComparison.Ordinal) }));
        Assert.True(dev.State().Finished);
        Assert.True(File.Exists(dev.State(MeasuredContents.FileName)));
        Assert.True(_aws.BadSignatures.IsEmpty);
    }

    [Fact]
    public async Task Packages_need_neither_index_nor_python()
    {
        Machine ci = New(push: true);
        ci.Lock();
        await ci.BuildAsync(ci.Layer() with { Packages = ["lib==1.0"] });
        Assert.False(ci.Log.HasErrors);
        Machine dev = New();
        dev.Lock(cached: false);

        await dev.BuildAsync(dev.Layer() with { Packages = ["lib==1.0"] });

        Assert.Empty(dev.Log.Warnings);
        Assert.Equal(await File.ReadAllBytesAsync(ci.Output("shared.zip")), await File.ReadAllBytesAsync(dev.Output("shared.zip")));
        Assert.DoesNotContain(_aws.Requests.Skip(1), r => r.Contains("GET", StringComparison.Ordinal) && r.Contains("/wheels/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wheel_comes_from_the_bucket_when_the_layer_differs()
    {
        Machine ci = New(push: true);
        ci.Lock();
        await ci.BuildAsync(ci.Layer() with { Packages = ["lib==1.0"] });
        Machine dev = New();
        dev.Lock(cached: false);

        await dev.BuildAsync(dev.Layer() with { Packages = ["lib==1.0"], Description = "mine" });

        Assert.False(dev.Log.HasErrors, string.Join('\n', dev.Log.Diagnostics.Select(d => d.Message)));
        Assert.Contains(_aws.Requests, r => r.Contains("GET", StringComparison.Ordinal) && r.Contains("/wheels/", StringComparison.Ordinal));
        Assert.Contains("python/lib.py", dev.Staged().Select(s => s.Path));
    }

    [Theory]
    [InlineData("content")]
    [InlineData("mode")]
    [InlineData("description")]
    [InlineData("runtimes")]
    [InlineData("exclude")]
    [InlineData("compression")]
    public async Task What_differs_is_built(string what)
    {
        Machine ci = New(push: true);
        await ci.BuildAsync();
        Machine dev = New();
        LayerDeclaration layer = dev.Layer();
        switch (what)
        {
            case "content":
                dev.Write("layers/shared/python/b.py", "b = 2\n");
                break;
            case "mode":
                File.SetUnixFileMode(dev["layers/shared/python/a.py"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
                break;
            case "description":
                layer = layer with { Description = "other" };
                break;
            case "runtimes":
                layer = layer with { Runtimes = [LambdaRuntime.Find("python3.13")!] };
                break;
            case "exclude":
                layer = layer with { ExcludeFiles = ["**/nothing"] };
                break;
            case "compression":
                dev.Compression = LayerCompression.Smallest;
                break;
        }

        await dev.BuildAsync(layer);

        Assert.DoesNotContain(dev.Log.Diagnostics, d => d.Message.Contains("fetched", StringComparison.Ordinal));
        Assert.True(File.Exists(dev.Output("shared.zip")));
    }

    [Fact]
    public async Task Warnings_come_along_with_the_paths_of_this_machine()
    {
        Machine ci = New(push: true);
        ci.Write("layers/shared/python/turtle.py", "x = 1\n");
        await ci.BuildAsync();
                        Diagnostic said = Assert.Single(ci.Log.Warnings);
        Machine dev = New();
        dev.Write("layers/shared/python/turtle.py", "x = 1\n");

        await dev.BuildAsync();

        Diagnostic repeated = Assert.Single(dev.Log.Warnings);
        Assert.Equal(said.Code, repeated.Code);
        Assert.Equal(said.Message.Replace(ci.Path, dev.Path, StringComparison.Ordinal), repeated.Message);
        Assert.Contains(dev.Log.Diagnostics, d => d.Message.Contains("fetched", StringComparison.Ordinal));
        Assert.Equal(
            ci.State().Warnings.Select(w => w with { File = w.File.Replace(ci.Path, dev.Path, StringComparison.Ordinal), Message = w.Message.Replace(ci.Path, dev.Path, StringComparison.Ordinal) }),
            dev.State().Warnings);
    }

    [Fact]
    public async Task A_warning_that_is_an_error_here_fails_the_build_here()
    {
        Machine ci = New(push: true);
        ci.Write("layers/shared/python/turtle.py", "x = 1\n");
        await ci.BuildAsync();
        Machine dev = New();
        dev.Write("layers/shared/python/turtle.py", "x = 1\n");
        dev.Promotes = _ => true;

        await dev.BuildAsync();

        Assert.True(dev.Log.HasErrors);
        Assert.False(File.Exists(dev.Output("shared.zip")));
        Assert.Null(StateFile.Read(dev.State(StateFile.Name)));
    }

    [Fact]
    public async Task A_layer_is_fetched_with_its_vulnerabilities_by_those_who_have_the_same_advisories()
    {
        Machine ci = New(push: true);
        Assert.Equal("LB6003", Assert.Single(await Warnings(ci, "2025-01-10", "2.0")).Code);
        Machine dev = New();

        // The age of the data is a matter of the day.
        Diagnostic[] repeated = await Warnings(dev, "2025-03-01", "2.0");

        Assert.Contains(dev.Log.Diagnostics, d => d.Message.Contains("fetched", StringComparison.Ordinal));
        Assert.Equal(["LB6003", "LB6005"], repeated.Select(w => w.Code).Order());
        Assert.Equal(["LB6003", "LB6005"], dev.State().Warnings.Select(w => w.Code).Order());
        Assert.Contains("GHSA-lib", await File.ReadAllTextAsync(dev.Output("shared.cdx.json")), StringComparison.Ordinal);
        AssertSame(ci, dev);

        Machine other = New();
        Assert.Empty(await Warnings(other, "2025-01-10", "0.9"));
        Assert.DoesNotContain(other.Log.Diagnostics, d => d.Message.Contains("fetched", StringComparison.Ordinal));

        static async Task<Diagnostic[]> Warnings(Machine machine, string today, string fixedIn)
        {
            machine.Lock();
            machine.Write("advisories/GHSA-lib.json", new AdvisoryExample("GHSA-lib").Of("lib").Range("introduced 0", $"fixed {fixedIn}").Word("HIGH").ToString());
            machine.Advisories = new AdvisoryOptions([machine["advisories"]], DateOnly.Parse(today, CultureInfo.InvariantCulture), []);
            await machine.BuildAsync(machine.Layer() with { Packages = ["lib==1.0"] });
            return [.. machine.Log.Warnings];
        }
    }

    [Fact]
    public async Task A_finding_that_only_ci_accepts_is_not_accepted_here()
    {
        Machine ci = New(push: true);
        ci.Silences = code => code == "LB3003";
        await ci.BuildAsync();
        Machine dev = New();

        await dev.BuildAsync();

        Assert.DoesNotContain(dev.Log.Diagnostics, d => d.Message.Contains("fetched", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("no zip")]
    [InlineData("no manifest")]
    [InlineData("manifest is no manifest")]
    [InlineData("manifest of another layer")]
    [InlineData("manifest of another zip")]
    [InlineData("manifest with another size")]
    [InlineData("manifest for another runtime")]
    [InlineData("manifest without architectures")]
    [InlineData("file of another layer")]
    [InlineData("report of the project")]
    [InlineData("zip is no zip")]
    [InlineData("zip with a path out of the layer")]
    [InlineData("note is no note")]
    public async Task An_index_that_is_consistent_and_not_of_this_layer_is_not_taken(string how)
    {
        Machine ci = New(push: true);
        await ci.BuildAsync();
        string key = _bucket.Objects.Keys.Single(k => k.Contains("layers/", StringComparison.Ordinal));
        CachedLayer index = CachedLayer.Parse(_bucket.Objects[key].Bytes, System.IO.Path.GetFileNameWithoutExtension(key))!;
        Dictionary<string, byte[]> files = index.Files.ToDictionary(f => f.Name, f => _bucket.Objects["team/blobs/" + f.Sha256].Bytes);
        LayerManifest manifest = LayerManifest.Parse(files["shared.layer.json"]);
        string[] notes = [];
        switch (how)
        {
            case "no zip":
                files.Remove("shared.zip");
                break;
            case "no manifest":
                files.Remove("shared.layer.json");
                break;
            case "manifest is no manifest":
                files["shared.layer.json"] = "{\"name\": null, \"packages\": [{}]}"u8.ToArray();
                break;
            case "manifest of another layer":
                files["shared.layer.json"] = (manifest with { Name = "other" }).ToJson();
                break;
            case "manifest of another zip":
                files["shared.layer.json"] = (manifest with { CodeSha256 = Convert.ToBase64String(new byte[32]) }).ToJson();
                break;
            case "manifest with another size":
                files["shared.layer.json"] = (manifest with { ZippedSize = 1 }).ToJson();
                break;
            case "manifest for another runtime":
                files["shared.layer.json"] = (manifest with { Runtimes = ["python3.13"] }).ToJson();
                break;
            case "manifest without architectures":
                files["shared.layer.json"] = (manifest with { Architectures = [] }).ToJson();
                break;
            case "file of another layer":
                files["other.zip"] = files["shared.zip"];
                break;
            case "report of the project":
                files["index.html"] = "<script>alert(1)</script>"u8.ToArray();
                break;
            case "zip is no zip":
                Replace("hello"u8.ToArray());
                break;
            case "zip with a path out of the layer":
                Replace(new ZipBuilder().Add("../../evil.py", "x").ToBytes());
                break;
            case "note is no note":
                notes = ["nothing"];
                break;
        }

        List<CachedFile> stored = [];
        foreach ((string name, byte[] bytes) in files)
        {
            string sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
            _bucket.Objects["team/blobs/" + sha256] = new FakeObject("eu-west-1", bytes, "null");
            stored.Add(new CachedFile(name, sha256, bytes.Length));
        }

        _bucket.Objects[key] = _bucket.Objects[key] with { Bytes = new CachedLayer(index.InputsHash, stored, notes).ToJson() };
        Machine dev = New();

        await dev.BuildAsync();

        Assert.Equal("LB5013", Assert.Single(dev.Log.Warnings).Code);
        AssertSame(ci, dev);
        Assert.DoesNotContain(Directory.EnumerateFiles(dev.Output("")), f => f.EndsWith("other.zip", StringComparison.Ordinal) || f.EndsWith("index.html", StringComparison.Ordinal));

        void Replace(byte[] zip)
        {
            files["shared.zip"] = zip;
            files["shared.layer.json"] = (manifest with { CodeSha256 = Convert.ToBase64String(SHA256.HashData(zip)), ZippedSize = zip.Length }).ToJson();
        }
    }

    [Fact]
    public async Task Whichever_object_is_damaged_the_layer_is_right()
    {
        Machine ci = New(push: true);
        await ci.BuildAsync();
        foreach (string key in _bucket.Objects.Keys.ToArray())
        {
            FakeObject whole = _bucket.Objects[key];
            FakeObject other = _bucket.Objects.First(o => o.Key != key).Value;
            foreach (byte[] bytes in new byte[][] { [.. whole.Bytes[..^1], (byte)~whole.Bytes[^1]], whole.Bytes[..^1], [.. whole.Bytes, 0], [], other.Bytes })
            {
                _bucket.Objects[key] = whole with { Bytes = bytes };
                using var dev = new Machine(_aws.Url, push: false);

                await dev.BuildAsync();

                Assert.Equal("LB5013", Assert.Single(dev.Log.Warnings).Code);
                AssertSame(ci, dev);
            }

            _bucket.Objects.Remove(key);
            using var without = new Machine(_aws.Url, push: false);
            await without.BuildAsync();
            Assert.Empty(without.Log.Warnings);
            AssertSame(ci, without);
            _bucket.Objects[key] = whole;
        }
    }

    [Fact]
    public async Task Machines_that_push_at_the_same_time_agree()
    {
        Machine[] ci = [.. Enumerable.Range(0, 4).Select(_ => New(push: true))];

        await Task.WhenAll(ci.Select(machine => machine.BuildAsync()));
        Machine dev = New();
        await dev.BuildAsync();

        Assert.All(ci, machine => Assert.Empty(machine.Log.Warnings));
        Assert.Empty(dev.Log.Warnings);
        Assert.Contains(dev.Log.Diagnostics, d => d.Message.Contains("fetched", StringComparison.Ordinal));
        Assert.All(ci, machine => AssertSame(machine, dev));
    }

    [Fact]
    public async Task An_unreachable_bucket_costs_a_warning()
    {
        _aws.Faults = (_, _) => FaultKind.ResetBeforeUpload;
        Machine dev = New(push: true);

        await dev.BuildAsync();

        Assert.Equal("LB5013", Assert.Single(dev.Log.Warnings).Code);
        Assert.False(dev.Log.HasErrors);
        Assert.True(File.Exists(dev.Output("shared.zip")));
        Assert.True(dev.State().Finished);
    }

    [Fact]
    public async Task A_layer_fetched_over_an_older_one_leaves_nothing_of_it()
    {
        Machine ci = New(push: true);
        await ci.BuildAsync();
        Machine dev = New();
        dev.Write("layers/shared/python/old.py", "old = 1\n");
        await dev.BuildAsync();
        File.Delete(dev["layers/shared/python/old.py"]);

        await dev.BuildAsync();

        Assert.Contains(dev.Log.Diagnostics, d => d.Message.Contains("fetched", StringComparison.Ordinal));
        Assert.Equal(ci.Staged(), dev.Staged());

        // And the next build from there does not take the older zip's state for the fetched one's.
        dev.Write("layers/shared/python/new.py", "new = 1\n");
        await dev.BuildAsync();
        ci.Write("layers/shared/python/new.py", "new = 1\n");
        await ci.BuildAsync();
        Assert.Equal(await File.ReadAllBytesAsync(ci.Output("shared.zip")), await File.ReadAllBytesAsync(dev.Output("shared.zip")));
    }

    [Fact]
    public void Everything_that_an_item_says_is_either_in_the_hash_or_does_not_matter()
    {
        // A new property of the declaration must find its place in LayerInputs, then here.
        string[] inTheHash =
        [
            "AllowFindings", "AllowPublic", "AllowSdist", "Architectures", "Bytecode", "ContentItems", "Description", "DisallowLicenses", "ExcludeFiles", "Imports",
            "LicenseInfo", "MaxGrowth", "MaxUnzippedSize", "MaxZippedSize", "Name", "PackageJson", "Packages", "RequirementFiles", "Runtimes", "ShareWith", "Slim", "SourceDirectory",
        ];
        string[] doesNotMatter = ["HasNpmPackages", "HasRequirements", "ProjectDirectory", "ProjectFile", "PythonRuntimes", "Warnings"];

        Assert.Equal(
            inTheHash.Concat(doesNotMatter).Order(StringComparer.Ordinal),
            typeof(LayerDeclaration).GetProperties().Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    private static void AssertSame(Machine one, Machine other)
    {
        Assert.False(other.Log.HasErrors, string.Join('\n', other.Log.Diagnostics.Select(d => d.Message)));
        foreach (string name in new[] { "shared.zip", "shared.layer.json", "shared.cdx.json", "shared.licenses.txt" })
        {
            Assert.Equal(File.ReadAllBytes(one.Output(name)), File.ReadAllBytes(other.Output(name)));
        }

        Assert.Equal(one.Staged(), other.Staged());
        Assert.True(other.State().Finished);
    }

    private Machine New(bool push = false)
    {
        var machine = new Machine(_aws.Url, push);
        _machines.Add(machine);
        return machine;
    }

    private sealed class Machine : IDisposable
    {
        private readonly TemporaryDirectory _directory = new();
        private readonly string _url;
        private readonly bool _push;

        public Machine(string url, bool push)
        {
            _url = url;
            _push = push;
            Write("layers/shared/python/a.py", "a = 1\n");
        }

        public string Path => _directory.Path;

        public DiagnosticLog Log { get; private set; } = new();

        public LayerCompression Compression { get; set; }

        public AdvisoryOptions? Advisories { get; set; }

        public Func<string, bool> Promotes { get; set; } = _ => false;

        public Func<string, bool> Silences { get; set; } = _ => false;

        public string this[string relative] => _directory[relative];

        public string Write(string relative, string text) => _directory.Write(relative, text);

        public string Output(string name) => this["bin/" + name];

        public StateFile State() => StateFile.Read(State(StateFile.Name))!;

        public string State(string name) => this["obj/shared/" + name];

        public IReadOnlyList<(string Path, string Sha256, UnixFileMode Mode)> Staged() =>
        [
            .. Directory.EnumerateFiles(this["obj/shared/stage"], "*", SearchOption.AllDirectories)
                .Select(f => (
                    System.IO.Path.GetRelativePath(this["obj/shared/stage"], f).Replace('\\', '/'),
                    Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f))),
                    OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(f)))
                .OrderBy(f => f.Item1, StringComparer.Ordinal),
        ];

        public LayerDeclaration Layer() => new()
        {
            Name = LayerName.TryParse("shared", out LayerName name) ? name : default,
            ProjectDirectory = Path,
            ProjectFile = this["app.csproj"],
            Runtimes = [LambdaRuntime.Find("python3.12")!],
            SourceDirectory = this["layers/shared"],
        };

        /// <summary>A lock file for the package lib, and its wheel where it is cached.</summary>
        public void Lock(bool cached = true)
        {
            string wheel = new WheelBuilder("lib", "1.0").File("lib.py", "print('lib')\n").WriteTo(this["wheels"]);
            string sha256 = WheelCache.Hash(wheel);
            if (cached)
            {
                new WheelCache(this["cache"], this["cache2"], WheelCache.DefaultCapacity, new DiagnosticLog()).Add(wheel);
            }

            LayerDeclaration layer = Layer() with { Packages = ["lib==1.0"] };
            var entry = new LockEntry("lib", "1.0", null, null, [new LockedFile(sha256, System.IO.Path.GetFileName(wheel))]);
            Write("shared.requirements.lock.txt", new LockFile(RequirementsDigest.Of(layer, RequirementReader.Read(layer, _ => null), null), ["python3.12/x86_64"], [entry]).ToText("shared.requirements.lock.txt"));
        }

        public async Task BuildAsync(LayerDeclaration? layer = null)
        {
            Log = new DiagnosticLog(_ => { }) { Promotes = Promotes, Silences = Silences };
            using RemoteCache remote = RemoteCache.Create(
                RemoteCacheOptions.Parse("s3://shared/team") with { Push = _push },
                AwsSession.With(new Amazon.Runtime.BasicAWSCredentials(SignatureCheck.AccessKey, SignatureCheck.SecretKey), ["eu-west-1"], _url),
                Log,
                TimeSpan.FromSeconds(10));
            var options = new BuildOptions
            {
                OutputPath = this["bin"],
                IntermediatePath = this["obj"],
                Compression = Compression,
                Remote = remote,
                Advisories = Advisories,
                Resolve = new ResolveOptions
                {
                    CachePath = this["cache"],
                    WorkPath = this["obj/.resolve"],
                    Python = this["no-python"],
                    FetchWheel = remote.FetchWheelAsync,
                    Environment = new Dictionary<string, string>(),
                },
            };
            await new LayerBuilder(options, Log).BuildAsync([new LayerRequest(layer ?? Layer(), [new("input", "x")])], CancellationToken.None);
        }

        public void Dispose() => _directory.Dispose();
    }
}
