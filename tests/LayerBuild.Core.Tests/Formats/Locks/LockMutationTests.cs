using System.Diagnostics;
using System.Globalization;
using System.Text;
using LayerBuild.Formats.Python;

namespace LayerBuild.Formats.Locks;

/// <summary>
/// Lock files that somebody damaged: cut, doubled, mixed up, with other bytes in them. Each is read or refused, and
/// quickly; nothing else leaves the readers.
/// </summary>
public class LockMutationTests
{
    private const int Mutations = 2000;

    private static readonly string Sha = LockBench.Hash();

    private static readonly Dictionary<string, string> Seeds = new()
    {
        ["uv.lock"] = $$"""
            version = 1
            revision = 3
            requires-python = ">=3.11"
            resolution-markers = ["python_full_version >= '3.12'", "python_full_version < '3.12'"]
            supported-markers = ["sys_platform == 'linux'"]
            conflicts = [[{ package = "app", extra = "cpu" }, { package = "app", extra = "gpu" }]]

            [manifest]
            members = ["app", "core"]

            [[package]]
            name = "app"
            version = "0.1"
            source = { virtual = "." }
            dependencies = [
                { name = "core", extra = ["fast"] },
                { name = "num", version = "1.0", source = { registry = "https://index.example/simple" }, marker = "python_full_version < '3.12'" },
                { name = "num", version = "2.0", source = { registry = "https://index.example/simple" }, marker = "python_full_version >= '3.12' and extra != 'extra-3-app-cpu'" },
            ]

            [package.optional-dependencies]
            cpu = [{ name = "num", version = "1.0" }]
            gpu = [{ name = "num", version = "2.0" }]

            [package.dev-dependencies]
            dev = [{ name = "core" }]

            [[package]]
            name = "core"
            source = { editable = "core" }

            [package.optional-dependencies]
            fast = [{ name = "app" }]

            [[package]]
            name = "num"
            version = "1.0"
            source = { registry = "https://index.example/simple" }
            resolution-markers = ["python_full_version < '3.12'"]
            sdist = { url = "https://files.example/num-1.0.tar.gz", hash = "{{Sha}}", size = 1 }

            [[package]]
            name = "num"
            version = "2.0"
            source = { registry = "https://index.example/simple" }
            wheels = [{ url = "https://files.example/num-2.0-cp312-cp312-manylinux_2_17_x86_64.whl", hash = "{{Sha}}", size = 2 }]
            """,
        ["poetry.lock"] = $$"""
            [[package]]
            name = "a"
            version = "1.0"
            optional = false
            python-versions = ">=3.8,<4.0 || ~5.1"
            groups = ["main", "dev"]
            markers = {main = "extra == \"x\"", dev = "python_version >= \"3.12\""}
            files = [
                {file = "a-1.0-py3-none-any.whl", hash = "{{Sha}}"},
            ]

            [package.dependencies]
            B = {version = "^1.0", markers = "sys_platform == \"linux\"", extras = ["y"]}

            [package.source]
            type = "legacy"
            url = "https://pkgs.example/simple"
            reference = "internal"

            [[package]]
            name = "b"
            version = "1.5"
            optional = true
            python-versions = ">=3.8"
            groups = ["main"]
            files = []

            [package.extras]
            y = ["c (>=1)"]

            [package.source]
            type = "directory"
            url = "b"

            [extras]
            x = ["a"]

            [metadata]
            lock-version = "2.1"
            python-versions = "^3.11"
            content-hash = "00"
            """,
        ["pdm.lock"] = $$"""
            [metadata]
            groups = ["default", "dev"]
            strategy = ["inherit_metadata", "static_urls"]
            lock_version = "4.5.1"

            [[metadata.targets]]
            requires_python = ">=3.11,<3.15"
            platform = "manylinux_2_26_x86_64"

            [[package]]
            name = "a"
            version = "1.0"
            requires_python = ">=3.8"
            groups = ["default"]
            marker = "python_version < \"3.14\""
            dependencies = ["b[fast]>=1,<2; sys_platform == \"linux\""]
            files = [{url = "https://files.example/a-1.0-py3-none-any.whl", hash = "{{Sha}}"}]

            [[package]]
            name = "b"
            version = "1.0"
            extras = ["fast"]
            path = "./b"
            groups = ["dev"]
            """,
        ["Pipfile.lock"] = $$"""
            {
                "_meta": {
                    "hash": { "sha256": "00" },
                    "pipfile-spec": 6,
                    "requires": { "python_version": "3.12" },
                    "sources": [{ "name": "main", "url": "https://index.example/simple", "verify_ssl": true }]
                },
                "default": {
                    "a": { "hashes": ["{{Sha}}"], "index": "main", "markers": "python_version >= '3.8'", "version": "==1.0" },
                    "b": { "version": "*", "sys_platform": "== 'linux'" },
                    "c": { "file": "./vendor/c-1.0-py3-none-any.whl" },
                    "d": { "git": "https://git.example/d.git", "ref": "0123", "editable": true }
                },
                "develop": {}
            }
            """,
        ["pylock.toml"] = $$"""
            lock-version = "1.0"
            environments = ["sys_platform == 'linux'"]
            requires-python = ">=3.11"
            extras = ["x"]
            dependency-groups = ["dev"]
            default-groups = ["app"]
            created-by = "tester"

            [[packages]]
            name = "a"
            version = "1.0"
            marker = "'x' not in extras or 'dev' in dependency_groups"
            requires-python = ">=3.8"
            dependencies = [{ name = "b" }]
            sdist = { url = "https://files.example/a-1.0.tar.gz", hashes = { sha256 = "{{Sha[7..]}}" } }
            wheels = [{ name = "a-1.0-py3-none-any.whl", url = "https://files.example/1", size = 1, hashes = { sha256 = "{{Sha[7..]}}" } }]

            [[packages]]
            name = "b"
            vcs = { type = "git", url = "https://git.example/b.git", commit-id = "0123" }
            """,
        ["requirements.txt"] = $"# a lock\na==1.0 ; python_version >= \"3.12\" \\\n    --hash={Sha}\n./vendor/b-1.0-py3-none-any.whl \\\n    --hash={Sha}\n",
    };

    /// <summary>What is put in: the words and signs of the formats, and what none of them expects.</summary>
    private static readonly string[] Splinters =
    [
        "[", "]", "[[", "]]", "{", "}", "\"", "'", "'''", "\"\"\"", "=", ",", ".", "#", "\\", "\n", "\r", "\0", "\u0007", "\uFEFF", "\u00e9", "\U0001F40D", "<<<<<<< HEAD\n",
        "-1", "9999999999999999999999", "1e999", "nan", "true", "1979-05-27T07:32:00Z", "0x", "../../../etc/passwd", "file:///etc/passwd", "C:\\x", "*", "==", ">=", "^", "~", "||", "((((", "))))",
        "python_version", "extra == 'x'", "'x' in extras", "and", "or", "not in", "name", "version", "source", "[[package]]\n", "[metadata]\n", "[package.source]\n", "package", "marker", "groups", "@ file:///", "%00", "%ZZ", "%2e%2e%2f",
        new string('9', 5000), new string('a', 5000), "1" + string.Concat(Enumerable.Repeat(".1", 2000)),
    ];

    [Fact]
    public void Two_thousand_damaged_lock_files_are_read_or_refused()
    {
        using var bench = new LockBench();
        bench.With("pyproject.toml", "[project]\nname = \"app\"\ndependencies = [\"a\"]\n[tool.poetry.dependencies]\na = \"*\"\n");
        PythonTarget[] targets = [PythonTarget.Find("python3.11/arm64")!, PythonTarget.Find("python3.12/x86_64")!];
        string[] names = [.. Seeds.Keys];
        var outcomes = new Dictionary<LockFaultKind, int>();
        int read = 0;
        for (int seed = 0; seed < Mutations; seed++)
        {
            string name = names[seed % names.Length];
            string text = Damage(Seeds[name], new Random(seed));
            bench.With(name, text);
            long start = Stopwatch.GetTimestamp();
            try
            {
                (PackageLock? locked, LockFault? fault) = bench.Read(name);
                foreach (PythonTarget target in targets)
                {
                    LockSelection? selection = locked?.Select(new LockRequest(target) { Extras = seed % 3 == 0 ? ["x", "cpu"] : [], Groups = seed % 5 == 0 ? ["dev"] : [] });
                    fault ??= selection?.Refusal;
                    Assert.All(selection?.Cannot ?? [], c => Assert.NotNull(c.Package));
                }

                read += fault is null ? 1 : 0;
                if (fault is not null)
                {
                    Assert.NotEmpty(fault.Message);
                    outcomes[fault.Kind] = outcomes.GetValueOrDefault(fault.Kind) + 1;
                }
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{name}, seed {seed}: {e}\n{text}"));
            }

            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30), string.Create(CultureInfo.InvariantCulture, $"{name}, seed {seed} took {Stopwatch.GetElapsedTime(start)}.\n{text}"));
        }

        // Damage of every degree: some do no harm, some break the text, some only its sense.
        Assert.InRange(read, 100, Mutations - 100);
        Assert.Contains(LockFaultKind.Malformed, outcomes.Keys);
        Assert.Contains(LockFaultKind.Invalid, outcomes.Keys);
        Assert.True(outcomes.Count >= 5, string.Join(", ", outcomes.Keys));
    }

    private static string Damage(string seed, Random random)
    {
        var text = new StringBuilder(seed);
        for (int times = 1 + random.Next(3); times > 0 && text.Length > 0; times--)
        {
            int at = random.Next(text.Length);
            int length = Math.Min(random.Next(1, 40), text.Length - at);
            switch (random.Next(8))
            {
                case 0:
                    text.Length = at;
                    break;
                case 1:
                    text.Remove(at, length);
                    break;
                case 2:
                    text.Insert(at, Splinters[random.Next(Splinters.Length)]);
                    break;
                case 3:
                    text.Remove(at, length).Insert(at, Splinters[random.Next(Splinters.Length)]);
                    break;
                case 4:
                    text[at] = (char)random.Next(1, 0x250);
                    break;
                case 5:
                    text.Insert(random.Next(text.Length), text.ToString(at, length));
                    break;
                default:
                    // A line twice, gone, or elsewhere: what merges do.
                    List<string> lines = [.. text.ToString().Split('\n')];
                    string line = lines[random.Next(lines.Count)];
                    if (random.Next(2) == 0)
                    {
                        lines.Remove(line);
                    }

                    if (random.Next(2) == 0)
                    {
                        lines.Insert(random.Next(lines.Count + 1), line);
                    }

                    text = new StringBuilder(string.Join('\n', lines));
                    break;
            }
        }

        return text.ToString();
    }
}
