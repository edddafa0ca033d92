using System.Globalization;
using System.Text;
using System.Text.Json;
using LayerBuild.Formats.Python;
using Xunit.Abstractions;

namespace LayerBuild.Formats.Locks;

/// <summary>Every real lock file against what its tool installs: for each target, extra and group.</summary>
public class LockAnswersTests(ITestOutputHelper output)
{
    [RequiresLockFixturesFact]
    public void Every_lock_gives_what_its_tool_installs()
    {
        int answers = 0;
        var wrong = new List<string>();
        foreach (string folder in LockFixtures.Locks)
        {
            string name = Path.GetRelativePath(LockFixtures.Folder!, folder);
            string path = Directory.EnumerateFiles(folder).Single(f => LockFormat.Of(Path.GetFileName(f)) is not null);
            (PackageLock? locked, LockFault? fault) = PackageLock.Read(path, folder);
            foreach (string file in Directory.EnumerateFiles(Path.Combine(folder, "answers"), "*.json").Order(StringComparer.Ordinal))
            {
                answers++;
                using JsonDocument answer = JsonDocument.Parse(File.ReadAllBytes(file));
                (string expected, LockRequest request) = Read(answer.RootElement);
                string actual = locked is null ? Write(fault!, answer.RootElement) : Write(locked.Select(request), answer.RootElement);
                if (expected != actual)
                {
                    wrong.Add($"{name}/{Path.GetFileName(file)}\n{Difference(expected, actual)}");
                }
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{answers} answers, {wrong.Count} wrong"));
        Assert.True(answers > 1200, $"Only {answers} answers were found.");
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {answers} are wrong.\n{string.Join('\n', wrong.Take(10))}");
    }

    private static (string Expected, LockRequest Request) Read(JsonElement answer)
    {
        JsonElement target = answer.GetProperty("target");
        JsonElement selection = answer.GetProperty("selection");
        var request = new LockRequest(PythonTarget.Find($"{target.GetProperty("runtime").GetString()}/{target.GetProperty("architecture").GetString()}")!)
        {
            Extras = Texts(selection, "extras"),
            Groups = Texts(selection, "groups"),
            StartPackage = selection.TryGetProperty("package", out JsonElement package) ? package.GetString() : null,
        };
        if (answer.TryGetProperty("error", out JsonElement error))
        {
            string words = error.GetString()!;
            LockFaultKind kind = words.StartsWith("requires-python", StringComparison.Ordinal) ? LockFaultKind.RequiresPython
                : words.StartsWith("no ", StringComparison.Ordinal) ? LockFaultKind.Environment
                : words.StartsWith("invalid", StringComparison.Ordinal) ? LockFaultKind.Invalid
                : throw new FormatException(words);
            return ($"error {kind}", request);
        }

        var text = new StringBuilder();
        foreach (JsonElement row in answer.GetProperty("packages").EnumerateArray())
        {
            text.Append(CultureInfo.InvariantCulture, $"{Text(row, "name")} {Text(row, "version")} {Text(row, "from")} {Text(row, "file")} {Text(row, "sha256")}\n");
        }

        foreach (JsonElement row in answer.GetProperty("cannot").EnumerateArray())
        {
            text.Append(CultureInfo.InvariantCulture, $"cannot {Text(row, "name")} {Text(row, "version")} {Text(row, "reason")} {Text(row, "sdist")} {(row.TryGetProperty("wheels", out JsonElement wheels) ? wheels.GetInt32() : 0)}\n");
        }

        return (text.ToString(), request);
    }

    private static string Write(LockFault fault, JsonElement answer) => $"error {fault.Kind}{(answer.TryGetProperty("error", out _) ? "" : $": {fault.Message} ({fault.Line})")}";

    private static string Write(LockSelection selection, JsonElement answer)
    {
        if (selection.Refusal is not null)
        {
            return Write(selection.Refusal, answer);
        }

        var text = new StringBuilder();
        var cannot = new List<LockFault>(selection.Cannot);
        Dictionary<string, JsonElement> expected = answer.GetProperty("packages").EnumerateArray().ToDictionary(p => p.GetProperty("name").GetString()!);
        var choice = new WheelChoice(PythonTarget.Find($"{answer.GetProperty("target").GetProperty("runtime").GetString()}/{answer.GetProperty("target").GetProperty("architecture").GetString()}")!, "the lock");
        foreach (SelectedPackage selected in selection.Packages)
        {
            SelectedPackage? package = selected;
            if (package.File is null && package.Package.Files.Count > 0)
            {
                // Hashes alone: the index has the names, of the wheels for Pythons that somebody may want.
                LockedPackage named = package.Package with
                {
                    Files =
                    [
                        .. from file in package.Package.Files
                           let known = LockFixtures.Index.GetValueOrDefault((package.Package.Name, file.Sha256!))
                           select file with { Name = known.Name, Size = known.Size },
                    ],
                };
                (package, LockFault? fault) = choice.Choose(named);
                if (fault is not null)
                {
                    cannot.Add(fault);
                    continue;
                }
            }

            // Of what is not from an index some answers do not name the file.
            PackageFile? chosen = package!.File;
            JsonElement row = expected.GetValueOrDefault(package.Package.Name);
            if (row.ValueKind != JsonValueKind.Undefined && package.Package.Source.Kind != SourceKind.Index && Text(row, "file") == "-")
            {
                chosen = null;
            }

            text.Append(CultureInfo.InvariantCulture, $"{package.Package.Name} {package.Package.Version ?? "-"} {From(package.Package.Source, row)} {chosen?.Name ?? "-"} {chosen?.Sha256 ?? "-"}\n");
            if (chosen?.Size is { } size && row.ValueKind != JsonValueKind.Undefined && row.GetProperty("size") is { ValueKind: JsonValueKind.Number } number)
            {
                Assert.Equal(number.GetInt64(), size);
            }
        }

        foreach (LockFault fault in cannot.OrderBy(f => f.Package!.Name, StringComparer.Ordinal))
        {
            string reason = fault.Kind switch
            {
                LockFaultKind.NotPinned => "not pinned",
                LockFaultKind.NoWheelFits => "no wheel fits",
                LockFaultKind.SdistOnly => "sdist only",
                _ => fault.Kind.ToString(),
            };
            text.Append(CultureInfo.InvariantCulture, $"cannot {fault.Package!.Name} {fault.Package.Version ?? "-"} {reason} {fault.Package.Files.FirstOrDefault(f => f.Name is not null && !f.IsWheel)?.Name ?? "-"} {fault.Package.Files.Count(f => f.IsWheel || f.Name is null)}\n");
        }

        return text.ToString();
    }

    private static string From(PackageSource source, JsonElement row) => source.Kind switch
    {
        // Only the answers for uv tell a link from a build.
        SourceKind.Directory when source.Editable && row.ValueKind != JsonValueKind.Undefined && Text(row, "from") == "editable" => "editable",
        _ => source.Kind.ToString().ToLowerInvariant(),
    };

    private static string Difference(string expected, string actual)
    {
        string[] left = expected.Split('\n');
        string[] right = actual.Split('\n');
        return string.Join('\n', left.Except(right).Select(l => "  - " + l).Concat(right.Except(left).Select(r => "  + " + r)).TakeLast(3));
    }

    private static string[] Texts(JsonElement element, string key) => [.. element.GetProperty(key).EnumerateArray().Select(e => e.GetString()!)];

    private static string Text(JsonElement element, string key) => element.TryGetProperty(key, out JsonElement value) ? value.GetString() ?? "-" : "-";
}
