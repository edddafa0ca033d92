using System.Globalization;

namespace LayerBuild.Lambda;

/// <summary>A number of bytes as users write it: <c>12582912</c>, <c>12 MB</c> (1000s) or <c>12 MiB</c> (1024s).</summary>
internal readonly record struct ByteSize(long Bytes)
{
    private static readonly (string Unit, long Factor)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30),
        ("KB", 1_000L), ("MB", 1_000_000L), ("GB", 1_000_000_000L), ("B", 1L),
    ];

    public static bool TryParse(string? text, out ByteSize size)
    {
        size = default;
        string number = (text ?? "").Trim();
        long factor = 1;
        foreach ((string unit, long unitFactor) in Units)
        {
            if (number.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
            {
                number = number[..^unit.Length].TrimEnd();
                factor = unitFactor;
                break;
            }
        }

        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
            || value * factor > long.MaxValue)
        {
            return false;
        }

        size = new ByteSize((long)(value * factor));
        return true;
    }

    /// <summary>For people: <c>812 bytes</c>, <c>1.1 MB</c> (1000s).</summary>
    public override string ToString() => Bytes switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{Bytes} bytes"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{Bytes / 1e3:0.0} KB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{Bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Bytes / 1e9:0.00} GB"),
    };
}
