namespace Edge.Buses;

/// <summary>
/// How much of a CAN bus a set of drives uses, in the worst case of bit stuffing. Used to refuse a robot file whose bus cannot carry its loop.
/// </summary>
/// <remarks>
/// <para>
/// Classic CAN (ISO 11898-1), 11-bit identifier, n data bytes: 34 + 8n bits from SOF to the CRC's end can be stuffed, 13 cannot (CRC delimiter, ACK 2, EOF 7,
/// intermission 3). A stuff bit follows five equal bits and may itself begin the next run, so m bits get at most floor((m - 1) / 4) of them.
/// 8 data bytes: 98 + 24 + 13 = 135 bits. A 29-bit identifier adds 20 stuffable bits.
/// </para>
/// <para>
/// CAN FD with bit rate switch: at the nominal rate 17 bits from SOF to BRS (36 with a 29-bit identifier), their stuff bits, and 12 bits from ACK to intermission;
/// at the data rate ESI, DLC and data (5 + 8n) with their stuff bits, the stuff count (4), CRC (17 up to 16 bytes, else 21), its fixed stuff bits (6 or 7) and the delimiter.
/// 8 data bytes: 17 + 4 + 12 = 33 nominal bits and 69 + 17 + 4 + 17 + 6 + 1 = 114 data bits.
/// </para>
/// </remarks>
public static class BusLoad
{
    /// <summary>Longest time that one data frame takes on the bus, with intermission.</summary>
    /// <param name="dataBytes">0..8, or 0..64 with CAN FD.</param>
    /// <param name="bitRate">Nominal rate, bit/s.</param>
    /// <param name="dataBitRate">Data rate of CAN FD with bit rate switch, bit/s; null for a classic frame.</param>
    /// <param name="extended">29-bit identifier.</param>
    public static double FrameSeconds(int dataBytes, int bitRate, int? dataBitRate = null, bool extended = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(dataBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dataBytes, dataBitRate is null ? 8 : 64);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bitRate);
        if (dataBitRate is not { } dataRate)
        {
            var stuffable = (extended ? 54 : 34) + (8 * dataBytes);
            return (double)(stuffable + MaxStuffBits(stuffable) + 13) / bitRate;
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dataRate);
        var arbitration = extended ? 36 : 17;
        var nominalBits = arbitration + MaxStuffBits(arbitration) + 12;
        var payload = 5 + (8 * dataBytes);
        var checksum = dataBytes <= 16 ? 4 + 17 + 6 : 4 + 21 + 7;

        // The run that crosses BRS may put one stuff bit more into the data phase than that phase alone would have.
        var dataBits = payload + (payload / 4) + checksum + 1;
        return ((double)nominalBits / bitRate) + ((double)dataBits / dataRate);
    }

    /// <summary>Fraction of the bus that the loop uses when each drive gets one request and sends one reply a tick; above 1 the bus cannot carry it.</summary>
    /// <param name="drives">Drives on the bus.</param>
    /// <param name="rateHz">Rate of the loop.</param>
    /// <param name="bitRate">Nominal rate, bit/s.</param>
    /// <param name="dataBitRate">Data rate, bit/s; null for classic CAN.</param>
    /// <param name="requestBytes">Data bytes of a request.</param>
    /// <param name="replyBytes">Data bytes of a reply.</param>
    public static double Fraction(int drives, double rateHz, int bitRate, int? dataBitRate, int requestBytes = 8, int replyBytes = 8) =>
        drives * rateHz * (FrameSeconds(requestBytes, bitRate, dataBitRate) + FrameSeconds(replyBytes, bitRate, dataBitRate));

    private static int MaxStuffBits(int bits) => (bits - 1) / 4;
}
