using System.Runtime;

namespace LayerBuild.Build;

/// <summary>
/// Keeps the garbage collector away while layers are built: nearly all that a build allocates lives until it is done, so
/// that a collection copies it, and the heap of MSBuild, for nothing. A build that allocates more than usual is collected
/// as ever.
/// </summary>
internal sealed class CollectionPause : IDisposable
{
    /// <summary>Allocated bytes that end it: most of what a layer of 25,000 files needs. So much more memory a build may take.</summary>
    private const long Budget = 48L << 20;

    private static int _holders;

    private CollectionPause()
    {
    }

    /// <summary>The process has one pause for all: who comes second shares it.</summary>
    public static CollectionPause Begin()
    {
        if (Interlocked.Increment(ref _holders) == 1)
        {
            try
            {
                GC.TryStartNoGCRegion(Budget, disallowFullBlockingGC: true);
            }
            catch (Exception e) when (e is InvalidOperationException or ArgumentOutOfRangeException)
            {
                // Somebody else's is under way, or the heap may not become that large.
            }
        }

        return new CollectionPause();
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) == 0 && GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
        {
            try
            {
                GC.EndNoGCRegion();
            }
            catch (InvalidOperationException)
            {
                // The budget ran out in between.
            }
        }
    }
}
