using System.Globalization;

namespace LayerBuild.Steps.Resolve.Download;

internal enum IndexFaultKind
{
    /// <summary>No connection, a reset, half an answer, a server that is busy or broken: another try may help.</summary>
    Passing,

    /// <summary>404, 410: another place may have it.</summary>
    Absent,

    /// <summary>401, 403.</summary>
    Denied,

    /// <summary>Something else, which stays as it is.</summary>
    Lasting,
}

/// <summary>Why an index, or a file on it, could not be had.</summary>
/// <param name="words">A clause without a full stop, which names the address without credentials.</param>
internal sealed class IndexFaultException(IndexFaultKind kind, string words, Exception? inner = null) : Exception(words, inner)
{
    public IndexFaultKind Kind { get; } = kind;

    /// <summary>What the server asked to wait; null when it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>There is no way to the server at all.</summary>
    public bool IsDown { get; init; }

    /// <summary>What an answer that is no success means.</summary>
    /// <param name="now">To tell how far away a date is.</param>
    public static IndexFaultException Of(HttpResponseMessage answer, string address, DateTimeOffset now)
    {
        int status = (int)answer.StatusCode;
        IndexFaultKind kind = status switch
        {
            404 or 410 => IndexFaultKind.Absent,
            401 or 403 or 407 => IndexFaultKind.Denied,
            408 or 425 or 429 => IndexFaultKind.Passing,
            501 or 505 => IndexFaultKind.Lasting,
            >= 500 => IndexFaultKind.Passing,
            _ => IndexFaultKind.Lasting,
        };
        TimeSpan? wait = answer.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - now,
            _ => null,
        };
        return new IndexFaultException(kind, string.Create(CultureInfo.InvariantCulture, $"{address} answered {status}"))
        {
            RetryAfter = wait is { } asked && asked < TimeSpan.Zero ? TimeSpan.Zero : wait,
        };
    }
}
