using System.Buffers.Binary;
using Edge.Buses;

namespace Edge.Tests.Drives;

/// <summary>Motors on a bus, written from the DAMIAO sheet for these tests. They answer at once; the test decides when the host reads.</summary>
internal sealed class FakeDamiaoBus : ICanBus
{
    private readonly Queue<CanFrame> _toHost = new();

    public List<Motor> Motors { get; } = [];

    public List<CanFrame> Sent { get; } = [];

    public int Flushes { get; private set; }

    /// <summary>Set: frames are not recorded, so that a run can be checked for allocation.</summary>
    public bool Quiet { get; set; }

    public CanCounters Counters => default;

    public Motor Add(int canId, int masterId, double pmax = 12.5, double vmax = 30, double tmax = 10)
    {
        var motor = new Motor(canId, masterId);
        motor.Registers[7] = (uint)masterId;
        motor.Registers[8] = (uint)canId;
        motor.Registers[9] = 0;
        motor.Registers[10] = 2;
        motor.SetFloat(21, pmax);
        motor.SetFloat(22, vmax);
        motor.SetFloat(23, tmax);
        Motors.Add(motor);
        return motor;
    }

    public bool TrySend(in CanFrame frame)
    {
        if (!Quiet)
            Sent.Add(frame);
        var data = frame;
        foreach (var motor in Motors)
        {
            if (motor.Answer(frame.Id, data.Data, out var reply))
                Say(reply);
        }

        return true;
    }

    public void Say(CanFrame frame) => _toHost.Enqueue(frame);

    public void Flush() => Flushes++;

    public bool TryReceive(out CanFrame frame) => _toHost.TryDequeue(out frame);

    public void Dispose()
    {
    }

    /// <summary>One motor: registers, error nibble, position, and what it was last told.</summary>
    public sealed class Motor(int canId, int masterId)
    {
        public uint[] Registers { get; } = new uint[128];

        public byte Status { get; set; }

        public ushort Position { get; set; } = 0x8000;

        public bool Silent { get; set; }

        /// <summary>Frames to ignore before it answers: a lossy bus.</summary>
        public int Deaf { get; set; }

        public HashSet<int> ReadOnlyRegisters { get; } = [];

        public bool IgnoreEnable { get; set; }

        /// <summary>The error's cause persists: it cannot be cleared.</summary>
        public bool KeepsError { get; set; }

        public byte[] LastMit { get; } = new byte[8];

        public int MitFrames { get; private set; }

        public int Enables { get; private set; }

        public void SetFloat(int register, double value) => Registers[register] = BitConverter.SingleToUInt32Bits((float)value);

        public bool Answer(uint id, ReadOnlySpan<byte> data, out CanFrame reply)
        {
            reply = default;
            if (Silent || data.Length != 8)
                return false;
            var mine = id == 0x7FF ? (data[0] | (data[1] << 8)) == canId : id == canId;
            if (!mine || Deaf-- > 0)
                return false;
            Deaf = 0;
            if (id == 0x7FF && data[2] is 0x33 or 0x55)
            {
                if (data[2] == 0x55 && !ReadOnlyRegisters.Contains(data[3]))
                    Registers[data[3]] = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
                Span<byte> bytes = [data[0], data[1], data[2], data[3], 0, 0, 0, 0];
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Registers[data[3]]);
                reply = CanFrame.Create((uint)masterId, bytes);
                return true;
            }

            if (id == canId)
                TakeCommand(data);
            reply = CanFrame.Create((uint)masterId, [(byte)((Status << 4) | (canId & 15)), (byte)(Position >> 8), (byte)Position, 0x7F, 0xF7, 0xFF, 30, 31]);
            return true;
        }

        private void TakeCommand(ReadOnlySpan<byte> data)
        {
            if (data[..7].IndexOfAnyExcept((byte)0xFF) < 0)
            {
                switch (data[7])
                {
                    case 0xFC:
                        Enables++;
                        if (Status == 0 && !IgnoreEnable)
                            Status = 1;
                        return;
                    case 0xFD:
                        if (Status == 1)
                            Status = 0;
                        return;
                    case 0xFB:
                        if (Status > 1 && !KeepsError)
                            Status = 0;
                        return;
                }
            }

            MitFrames++;
            data.CopyTo(LastMit);
        }
    }
}
