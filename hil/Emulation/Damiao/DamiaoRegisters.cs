namespace Edge.Hil.Emulation.Damiao;

/// <summary>
/// The registers of a drive: values in use (RAM) and stored (flash). Numbers, types and ranges are those of the maker's register table;
/// a value out of range or for a read-only register is not taken.
/// </summary>
public sealed class DamiaoRegisters
{
    /// <summary>Coil temperature limit, degrees Celsius (float).</summary>
    public const int OverTemperature = 2;

    /// <summary>Identifier of the frames that the drive sends.</summary>
    public const int MasterId = 7;

    /// <summary>Identifier that the drive listens on.</summary>
    public const int CanId = 8;

    /// <summary>Longest silence on the bus while enabled, in 50 us; 0: no limit.</summary>
    public const int Timeout = 9;

    /// <summary>1 MIT, 2 position-velocity, 3 velocity, 4 force-position.</summary>
    public const int ControlMode = 10;

    /// <summary>Range of positions in frames, rad (float).</summary>
    public const int PositionMax = 21;

    /// <summary>Range of velocities in frames, rad/s (float).</summary>
    public const int VelocityMax = 22;

    /// <summary>Range of torques in frames, Nm (float).</summary>
    public const int TorqueMax = 23;

    /// <summary>Code of the bit rate; above 4 (1 Mbit/s) the drive speaks CAN FD.</summary>
    public const int BitRateCode = 35;

    /// <summary>Position of the motor shaft, rad (float, live).</summary>
    public const int MotorPosition = 80;

    /// <summary>Position of the output shaft, rad (float, live).</summary>
    public const int OutputPosition = 81;

    private const int Count = 82;

    private readonly Slot[] _slots = new Slot[Count];
    private readonly uint[] _values = new uint[Count];
    private readonly uint[] _stored = new uint[Count];

    /// <summary>Makes the registers of a motor as they come from the factory, with its ids and bit rate set up.</summary>
    public DamiaoRegisters(DamiaoModel model, int canId, int masterId, int bitRateCode)
    {
        ArgumentNullException.ThrowIfNull(model);
        const float max = float.MaxValue;
        AddFloat(0, 15, Above(10), max);                            // UV_Value, V
        AddFloat(1, 0, 0, max);                                     // KT_Value
        AddFloat(OverTemperature, 100, 80, Below(200));
        AddFloat(3, 0.8f, Above(0), Below(1));                      // OC_Value, per unit
        AddFloat(4, 2, Above(0), max);                              // ACC
        AddFloat(5, -2, -max, Below(0));                            // DEC
        AddFloat(6, (float)model.NoLoadSpeedRadS, Above(0), max);   // MAX_SPD
        AddInteger(MasterId, (uint)masterId, 0, 0x7FF);
        AddInteger(CanId, (uint)canId, 0, 0x7FF);
        AddInteger(Timeout, 0, 0, uint.MaxValue);
        AddInteger(ControlMode, 1, 1, 4);
        AddConstant(11, 0);                                         // Damp
        AddConstant(12, 0);                                         // Inertia
        AddIntegerConstant(13, 1);                                  // hw_ver
        AddIntegerConstant(14, 15);                                 // sw_ver: request and reply, never unprompted
        AddIntegerConstant(15, (uint)canId);                        // SN
        AddIntegerConstant(16, (uint)model.PolePairs);
        AddConstant(17, 0);                                         // Rs
        AddConstant(18, 0);                                         // Ls
        AddConstant(19, 0);                                         // Flux
        AddConstant(20, (float)model.GearRatio);
        AddFloat(PositionMax, (float)model.PositionMaxRad, Above(0), max);
        AddFloat(VelocityMax, (float)model.VelocityMaxRadS, Above(0), max);
        AddFloat(TorqueMax, (float)model.TorqueMaxNm, Above(0), max);
        AddFloat(24, 1000, 100, 10_000);                            // I_BW
        AddFloat(25, 0, 0, max);                                    // KP_ASR
        AddFloat(26, 0, 0, max);                                    // KI_ASR
        AddFloat(27, 0, 0, max);                                    // KP_APR
        AddFloat(28, 0, 0, max);                                    // KI_APR
        AddFloat(29, 32, Above(0), max);                            // OV_Value, V
        AddFloat(30, 1, Above(0), 1);                               // GREF
        AddFloat(31, 4, 1, 30);                                     // Deta
        AddFloat(32, 40, Above(0), Below(500));                     // V_BW
        AddFloat(33, 1000, 100, 10_000);                            // IQ_c1
        AddFloat(34, 1000, Above(0), 10_000);                       // VL_c1
        AddInteger(BitRateCode, (uint)bitRateCode, 0, 9);
        AddIntegerConstant(36, 0);                                  // sub_ver
        for (var id = 50; id <= 55; id++)
            AddConstant(id, 0);                                     // calibration of the sensors
        AddConstant(MotorPosition, 0);
        AddConstant(OutputPosition, 0);
        Save();
    }

    /// <summary>True when the drive has a register of this number.</summary>
    public bool Exists(int register) => (uint)register < Count && _slots[register].Exists;

    /// <summary>The 32 bits of a register's value in use.</summary>
    public uint Bits(int register) => _values[register];

    /// <summary>Value in use of an integer register.</summary>
    public int Integer(int register) => (int)Math.Min(_values[register], int.MaxValue);

    /// <summary>Value in use of a floating-point register.</summary>
    public float Float(int register) => BitConverter.UInt32BitsToSingle(_values[register]);

    /// <summary>Writes a register as the bus does. False: not taken.</summary>
    public bool TryWrite(int register, uint bits)
    {
        if (!Exists(register) || !_slots[register].Writable || !_slots[register].Allows(bits))
            return false;

        _values[register] = bits;
        return true;
    }

    /// <summary>Sets what the drive itself measures, whatever the register's access.</summary>
    internal void SetLive(int register, double value) => _values[register] = BitConverter.SingleToUInt32Bits((float)value);

    /// <summary>Copies the values in use to flash.</summary>
    public void Save() => _values.CopyTo(_stored, 0);

    /// <summary>Takes the values from flash, as at power-up.</summary>
    public void Load() => _stored.CopyTo(_values, 0);

    private static float Above(float value) => MathF.BitIncrement(value);

    private static float Below(float value) => MathF.BitDecrement(value);

    private void AddFloat(int register, float value, float low, float high) =>
        Add(register, new Slot(true, true, true, low, high), BitConverter.SingleToUInt32Bits(value));

    private void AddInteger(int register, uint value, uint low, uint high) => Add(register, new Slot(true, true, false, low, high), value);

    private void AddConstant(int register, float value) => Add(register, new Slot(true, false, true, 0, 0), BitConverter.SingleToUInt32Bits(value));

    private void AddIntegerConstant(int register, uint value) => Add(register, new Slot(true, false, false, 0, 0), value);

    private void Add(int register, Slot slot, uint bits)
    {
        _slots[register] = slot;
        _values[register] = bits;
    }

    private readonly record struct Slot(bool Exists, bool Writable, bool IsFloat, double Low, double High)
    {
        public bool Allows(uint bits)
        {
            var value = IsFloat ? BitConverter.UInt32BitsToSingle(bits) : bits;
            return value >= Low && value <= High; // false for not-a-number
        }
    }
}
