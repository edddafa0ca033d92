using System.Collections.Concurrent;
using LayerBuild.Diagnostics;
using LayerBuild.Formats.Wheel;
using LayerBuild.Steps.Resolve.Pip;

namespace LayerBuild.Steps.Resolve;

/// <summary>What all resolutions of one build share.</summary>
/// <param name="Python">Runs pip; looked for when it is first needed.</param>
/// <param name="Cores">How many pips may run side by side.</param>
internal sealed record ResolveContext(
    ResolveOptions Options,
    WheelCache Cache,
    PipEnvironment Environment,
    Lazy<Task<PythonInterpreter>> Python,
    SemaphoreSlim Cores,
    CancellationToken Cancellation)
{
    private readonly ConcurrentDictionary<string, WheelMetadata?> _metadata = new(StringComparer.Ordinal);

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
