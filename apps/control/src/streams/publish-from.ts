import { type AddressRules, MOST_ADDRESS_RANGES } from '@sluice/cluster'
import Type from 'typebox'

const list = (description: string): Type.TArray<Type.TString> =>
  Type.Array(Type.String({ description: 'an address or a range in CIDR notation, IPv4 or IPv6' }), {
    maxItems: MOST_ADDRESS_RANGES,
    description,
  })

const allow = list(`up to ${MOST_ADDRESS_RANGES} addresses that may publish; none: every address may`)
const deny = list(`up to ${MOST_ADDRESS_RANGES} addresses that may not publish, whatever allow says`)

/** The lists as the API shows them. */
export const publishFromSchema: Type.TUnsafe<AddressRules> = Type.Unsafe<AddressRules>(
  Type.Object({ allow, deny }, { description: 'From where the stream may be published' }),
)

/** The lists as a request gives them. */
export const publishFromChange: Type.TUnsafe<Partial<AddressRules>> = Type.Unsafe<Partial<AddressRules>>(
  Type.Object(
    { allow: Type.Optional(allow), deny: Type.Optional(deny) },
    {
      additionalProperties: false,
      description:
        'From where the stream may be published: an object of lists. One that is not given stays as it is',
    },
  ),
)
