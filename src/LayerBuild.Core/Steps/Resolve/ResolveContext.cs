using System.Collections.Concurrent;
using LayerBuild.Diagnostics;
using LayerBuild.Files;
using LayerBuild.Formats.Wheel;
using LayerBuild.Steps.Resolve.Download;
using LayerBuild.Steps.Resolve.Pip;

namespace LayerBuild.Steps.Resolve;

/// <summary>What all resolutions of one build share.</summary>
/// <param name="Python">Runs pip; looked for when it is first needed.</param>
/// <param name="Cores">How many pips may run side by side.</param>
/// <param name="Downloads">Fetches what lock files pin, before pip is asked.</param>
internal sealed record ResolveContext(
    ResolveOptions Options,
    WheelCache Cache,
    PipEnvironment Environment,
    Lazy<Task<PythonInterpreter>> Python,
    SemaphoreSlim Cores,
    DiagnosticLog Log,
    LockedDownloads Downloads,
    CancellationToken Cancellation)
{
    private readonly ConcurrentDictionary<string, bool> _unknown = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, WheelMetadata?> _metadata = new(StringComparer.Ordinal);

    /// <summary>The user's arguments for pip, split.</summary>
    public IReadOnlyList<string> PipArguments { get; } = CommandLine.Split(Options.PipArguments);

    /// <summary>The user's arguments for pip say that what packages require is not to be installed.</summary>
    public bool InstallsNoDependencies => PipArguments.Contains("--no-deps");

    /// <summary>Warns, once, of a setting that cannot be kept to.</summary>
    /// <param name="setting">pip's long name for it.</param>
    public void WarnOfUnknown(string setting, PythonInterpreter python)
    {
        if (_unknown.TryAdd(setting, true))
        {
            Log.Warning("LB2026", $"The setting {setting} in pip's configuration or environment has no effect: pip {python.PipVersion} of {python.Path} does not know it. Update that pip, or set LambdaLayerPython to a Python with a newer one.");
        }
    }

    /// <summary>The metadata of a wheel; null when it cannot be read.</summary>
    public WheelMetadata? MetadataOf(CachedWheel wheel) => _metadata.GetOrAdd(wheel.Sha256, _ => MetadataNote.Read(wheel, Cache));

    /// <summary>Lets the steps that follow look at a wheel, before it is known whether it becomes part of a layer.</summary>
    public void ReportWheel(CachedWheel wheel)
    {
        try
        {
            Options.WheelArrived?.Invoke(wheel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DiagnosticException)
        {
            // If the wheel is chosen, whatever is wrong with it will be said then.
        }
    }
}
