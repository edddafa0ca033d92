using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LayerBuild.Files;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;

namespace LayerBuild.Steps.Resolve;

/// <summary>One run of pip: what to resolve, for which target, and where the files go.</summary>
internal sealed record PipRun(PythonInterpreter Python, PipEnvironment Environment)
{
    /// <summary>The driver's word for a disk that cannot take even an answer.</summary>
    private const int StorageExitCode = 74;

    /// <summary>Begins the driver's lines about wheels; a JSON string with the full path follows.</summary>
    private const string WheelLine = "layerbuild-wheel: ";

    public required PythonTarget Target { get; init; }

    public required IReadOnlyList<RequirementLine> Lines { get; init; }

    /// <summary>Normalised names that may come as source; <c>*</c> for all.</summary>
    public IReadOnlyList<string> AllowSdist { get; init; } = [];

    /// <summary>The user's own arguments, split.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Take the lines alone, not what they require.</summary>
    public bool NoDependencies { get; init; }

    /// <summary>Every line must carry hashes.</summary>
    public bool RequireHashes { get; init; }

    /// <summary>Full path of an empty folder of its own; wheels are left in it.</summary>
    public required string Folder { get; init; }

    /// <summary>Full path of the folder that relative paths in the user's arguments start from.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Gets the full path of each wheel that pip has at hand and considers, as soon as it does; must return at once.</summary>
    public Action<string>? OnWheel { get; init; }

    /// <exception cref="IOException">The folder cannot be written, by us or by pip.</exception>
    /// <exception cref="PipCrashException">pip or its Python ended without an answer.</exception>
    public async Task<PipAnswer> RunAsync(CancellationToken cancellation)
    {
        string downloads = Path.Combine(Folder, "downloads");
        Directory.CreateDirectory(downloads);
        string driver = Path.Combine(Folder, "pip_driver.py");
        await using (Stream source = Assembly.GetExecutingAssembly().GetManifestResourceStream("Steps/Resolve/pip_driver.py")!)
        await using (FileStream copy = File.Create(driver))
        {
            await source.CopyToAsync(copy, cancellation).ConfigureAwait(false);
        }

        string requirements = WriteLines("requirements.txt", l => l.Kind != RequirementKind.Constraint);
        string constraints = WriteLines("constraints.txt", l => l.Kind == RequirementKind.Constraint);
        string answer = Path.Combine(Folder, "answer.json");
        WheelTags tags = WheelTags.For(Target);
        List<string> arguments =
        [
            "--quiet", "--quiet", "--quiet", "--no-color", "--disable-pip-version-check", "--progress-bar", "off", "--use-pep517",
            "--dest", downloads, "--only-binary", ":all:",
            "--python-version", Target.NewestPatch, "--implementation", "cp", "--abi", tags.Abi,
        ];
        foreach (string platform in tags.Platforms)
        {
            arguments.AddRange(["--platform", platform]);
        }

        if (AllowSdist.Count > 0)
        {
            // A source distribution only where no wheel fits: it may turn out native, and that is the end.
            arguments.Add("--prefer-binary");
        }

        if (NoDependencies)
        {
            arguments.Add("--no-deps");
        }

        if (RequireHashes)
        {
            arguments.Add("--require-hashes");
        }

        if (Lines.Any(l => l.Kind == RequirementKind.Constraint))
        {
            arguments.AddRange(["--constraint", constraints]);
        }

        arguments.AddRange(Arguments);
        arguments.AddRange(["--requirement", requirements]);

        var request = new PipRequest(
            answer,
            downloads,
            AllowSdist,
            PipEnvironment.Settings,
            Target.MarkerEnvironment,
            arguments);
        ChildProcessResult result = await new ChildProcess(Python.Path, ["-X", "utf8", driver])
        {
            WorkingDirectory = WorkingDirectory,
            Environment = Environment.Variables,
            Input = JsonSerializer.Serialize(request, PipJson.Default.PipRequest),
            OnLine = line =>
            {
                if (OnWheel is not null && line.StartsWith(WheelLine, StringComparison.Ordinal))
                {
                    OnWheel(JsonSerializer.Deserialize(line[WheelLine.Length..], PipJson.Default.String)!);
                }
            },
        }.RunAsync(cancellation).ConfigureAwait(false);

        if (result.ExitCode == StorageExitCode)
        {
            throw new IOException("pip had no room to write its answer.");
        }

        if (result.ExitCode != 0 || !File.Exists(answer))
        {
            throw new PipCrashException(result);
        }

        await using FileStream stream = File.OpenRead(answer);
        return await JsonSerializer.DeserializeAsync(stream, PipJson.Default.PipAnswer, cancellation).ConfigureAwait(false)
            ?? throw new PipCrashException(result);
    }

    private string WriteLines(string name, Func<RequirementLine, bool> filter)
    {
        // One line each, in place, so that a line of this file is a line of the list.
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path, string.Concat(Lines.Select(l => (filter(l) ? l.Text : "") + "\n")), new UTF8Encoding(false));
        return path;
    }
}

/// <summary>pip ended in a way that left no answer.</summary>
internal sealed class PipCrashException(ChildProcessResult result) : Exception($"pip ended with exit code {result.ExitCode}")
{
    public ChildProcessResult Result { get; } = result;
}

/// <summary>What the driver is asked; its fields are those of <c>pip_driver.py</c>.</summary>
internal sealed record PipRequest(
    string Answer,
    string Downloads,
    IReadOnlyList<string> AllowSdist,
    IReadOnlyList<string> Settings,
    IReadOnlyDictionary<string, string> Markers,
    IReadOnlyList<string> Arguments);

/// <summary>What the driver answers: packages, or a failure.</summary>
internal sealed record PipAnswer(string Python, string? Pip, IReadOnlyList<PipPackage> Packages, PipFailure? Failure);

/// <param name="Name">Normalised.</param>
/// <param name="Kind"><c>wheel</c>, <c>archive</c>, <c>directory</c> or <c>vcs</c>: what it came as.</param>
/// <param name="File">Full path of the wheel.</param>
/// <param name="Source">Full path of the archive that the wheel was built from.</param>
/// <param name="Url">Without credentials.</param>
/// <param name="Requested">Named by the user.</param>
/// <param name="Direct">By URL or path, not from an index.</param>
internal sealed record PipPackage(string Name, string Kind, string File, string? Source, string Url, bool Requested, bool Direct);

/// <param name="Kind"><c>conflict</c>, <c>hash</c>, <c>refused</c>, <c>wheel</c>, <c>build</c>, <c>storage</c>, <c>unsupported</c> or <c>error</c>.</param>
/// <param name="Words">pip's own.</param>
/// <param name="Line">pip's name for the requirement's place, where it has one.</param>
/// <param name="Package">Of <c>refused</c> and <c>wheel</c>: its name; with <c>refused</c>, <paramref name="Words"/> is <c>source</c> or <c>unbuilt</c>.</param>
/// <param name="Output">Last lines of a build that failed.</param>
internal sealed record PipFailure(
    string Kind,
    string Type,
    string Words,
    string? Line,
    string? Package,
    string? File,
    IReadOnlyList<string> Output,
    IReadOnlyList<PipConflict> Conflicts,
    IReadOnlyList<PipProject> Projects,
    IReadOnlyList<PipUnreachable> Unreachable,
    IReadOnlyList<PipHash> Hashes);

/// <summary>One of the requirements that cannot be met together.</summary>
internal sealed record PipConflict(string Requirement, string? Project, string? Specifier, string? Parent, bool Constraint);

/// <summary>The files that the indexes have for a project.</summary>
internal sealed record PipProject(string Name, IReadOnlyList<PipFile> Files);

/// <param name="Reason">pip's word for why it is no candidate, or <c>candidate</c>.</param>
/// <param name="InRange">Its version satisfies all requirements.</param>
internal sealed record PipFile(string FileName, string? Version, string? RequiresPython, bool Yanked, string Reason, bool InRange);

/// <param name="Status">HTTP status, when there was an answer.</param>
internal sealed record PipUnreachable(string Url, string Reason, int? Status);

/// <param name="Expected">As <c>sha256:…</c>.</param>
internal sealed record PipHash(string? Package, string Requirement, string? Url, IReadOnlyList<string> Expected, IReadOnlyList<string> Found);

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PipRequest))]
[JsonSerializable(typeof(PipAnswer))]
[JsonSerializable(typeof(string))]
internal sealed partial class PipJson : JsonSerializerContext;
