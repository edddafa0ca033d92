using System.Globalization;

namespace LayerBuild.Lambda;

/// <summary>Numbers as people read them, in any culture the same.</summary>
internal static class Quantity
{
    /// <summary><c>1,234,567 bytes</c>: where the exact number matters.</summary>
    public static string Exact(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes");

    /// <summary><c>+1.1 MB</c>, <c>-812 bytes</c>.</summary>
    public static string Change(long bytes) => (bytes < 0 ? "-" : "+") + new ByteSize(Math.Abs(bytes));

    /// <summary><c>4.8 %</c> of a whole; 0 for a whole of nothing.</summary>
    public static string Share(long part, long whole) =>
        string.Create(CultureInfo.InvariantCulture, $"{(whole == 0 ? 0 : 100.0 * part / whole):0.0} %");

    /// <summary><c>1 file</c>, <c>2 files</c>, <c>1,000 files</c>.</summary>
    public static string Count(int number, string singular, string plural) =>
        string.Create(CultureInfo.InvariantCulture, $"{number:N0} {(number == 1 ? singular : plural)}");
}
