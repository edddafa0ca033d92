using System.Runtime.ExceptionServices;

namespace LayerBuild.Files;

/// <summary>Work on all cores whose failure is the exception itself, as if one core had done it.</summary>
internal static class SideBySide
{
    public static void For(int count, Action<int> body, CancellationToken cancellation)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        try
        {
            Parallel.For(0, count, options, body);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions.MinBy(inner => inner.Message, StringComparer.Ordinal)!);
        }
    }
}
