using System.Reflection;
using System.Text;
using System.Text.Json;
using LayerBuild.Files;
using LayerBuild.Formats.Python;
using LayerBuild.Formats.Wheel;
using LayerBuild.Steps.Resolve.Requirements;

namespace LayerBuild.Steps.Resolve.Pip;

/// <summary>One run of pip: what to resolve, for which target, and where the files go.</summary>
internal sealed record PipRun(PythonInterpreter Python, PipEnvironment Environment)
{
    /// <summary>The driver's word for a disk that cannot take even an answer.</summary>
    private const int StorageExitCode = 74;

    /// <summary>Begins the driver's lines about wheels; a JSON string with the full path follows.</summary>
    private const string WheelLine = "layerbuild-wheel: ";

    public required PythonTarget Target { get; init; }

    public required IReadOnlyList<RequirementLine> Lines { get; init; }

    /// <summary>Normalized names that may come as source; <c>*</c> for all.</summary>
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
        await using (Stream source = Assembly.GetExecutingAssembly().GetManifestResourceStream("Steps/Resolve/Pip/pip_driver.py")!)
        await using (FileStream copy = File.Create(driver))
        {
            await source.CopyToAsync(copy, cancellation).ConfigureAwait(false);
        }

        string requirements = WriteLines("requirements.txt", l => l.Kind != RequirementKind.Constraint);
        string constraints = WriteLines("constraints.txt", l => l.Kind == RequirementKind.Constraint);
        string answer = Path.Combine(Folder, "answer.json");
        var request = new PipRequest(
            answer,
            downloads,
            AllowSdist,
            PipEnvironment.Settings,
            Target.MarkerEnvironment,
            ArgumentsOf(downloads, requirements, constraints));
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

    private List<string> ArgumentsOf(string downloads, string requirements, string constraints)
    {
        WheelTags tags = WheelTags.For(Target);
        List<string> arguments =
        [
            "--quiet", "--quiet", "--quiet", "--no-color", "--disable-pip-version-check", "--progress-bar", "off", "--use-pep517",
            "--dest", downloads,
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
        return arguments;
    }

    private string WriteLines(string name, Func<RequirementLine, bool> filter)
    {
        // One line each, in place, so that a line of this file is a line of the list.
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path, string.Concat(Lines.Select(l => (filter(l) ? l.Text : "") + "\n")), new UTF8Encoding(false));
        return path;
    }
}
