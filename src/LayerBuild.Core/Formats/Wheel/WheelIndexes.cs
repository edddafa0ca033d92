using System.Collections.Concurrent;

namespace LayerBuild.Formats.Wheel;

/// <summary>The indexes of the wheels of a build, each opened once however many layers have the wheel.</summary>
/// <param name="observe">Sees the files of wheels that are read for the first time; null for none.</param>
internal sealed class WheelIndexes(Func<ResolvedWheel, IWheelObserver>? observe = null)
{
    private readonly ConcurrentDictionary<string, Lazy<WheelIndex>> _byPath = new(StringComparer.Ordinal);

    /// <summary>May be called from any thread.</summary>
    /// <exception cref="Diagnostics.DiagnosticException">LB2006.</exception>
    public WheelIndex Open(ResolvedWheel wheel, CancellationToken cancellation) =>
        _byPath.GetOrAdd(wheel.Path, _ => new Lazy<WheelIndex>(() => WheelIndex.Open(wheel, cancellation, observe))).Value;
}
